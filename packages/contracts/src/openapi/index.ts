export type { Answer } from "./answers.ts";
export { type OpenApiDocument, type OpenApiOptions, type OperationObject, openApiOf } from "./document.ts";
export type { Parameter, RequestBody } from "./request.ts";
export type { JsonSchema } from "./schemas.ts";
