import type { Operation, Stream } from "../kernel/declaration.ts";
import { examples } from "./examples.ts";
import type { JsonSchema, ObjectSchema, Schemas } from "./schemas.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface RequestBody {
  readonly required: boolean;
  readonly content: Readonly<Record<"application/json", { readonly schema: JsonSchema; readonly example?: unknown }>>;
}

/** How a contract is asked over HTTP. */
export interface Asked {
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: RequestBody;
}

/** Longest segment of a path that the gateway takes for a parameter; a longer one leads nowhere. */
const segmentLengthMax = 100;

/** Headers that many operations take. */
export const headerParameters = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "Makes repeating the request safe: the same key with the same request has one effect and one answer for 24 hours. Send a new UUID for each new intention.",
    schema: { type: "string", minLength: 1, maxLength: 200, pattern: "^[!-~]([ -~]*[!-~])?$" },
    example: "0d9fb30c-55d5-4b0f-8c69-9a1c1f1e7c11",
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "The ETag of an earlier answer. When nothing changed the answer is 304 without a body.",
    schema: { type: "string", maxLength: 200 },
  },
  LastEventId: {
    name: "Last-Event-ID",
    in: "header",
    description: "The id of the last event that was seen: what follows it comes next. Browsers send it by themselves when they reconnect.",
    schema: { type: "string", maxLength: 200, pattern: "^[!-~]+$" },
  },
} as const satisfies Readonly<Record<string, Parameter>>;

const header = (name: keyof typeof headerParameters) => ({ $ref: `#/components/parameters/${name}` });

type Routed = (Operation | Stream) & Required<Pick<Operation, "http">>;

/** Path, query, headers and body of a contract. Fields that the path does not name go to the query of a GET or DELETE, else to the body. */
export const askedOf = (contract: Routed, schemas: Schemas): Asked => {
  const { name, http } = contract;
  const schema = schemas.request(contract.request, `${name}.request`);
  const example = examples[name] ?? {};
  const inPath = [...http.path.matchAll(/:(\w+)/g)].map(([, field]) => field ?? "");
  const whole = schemas.resolve(schema);
  const fields = "properties" in whole ? (whole as ObjectSchema).properties : {};
  const bodiless = http.method === "GET" || http.method === "DELETE";
  const required = new Set(whole.required as string[] | undefined);
  const others = Object.keys(fields).filter((field) => !inPath.includes(field));
  const parameter = (place: "path" | "query", field: string): Parameter => ({
    name: field,
    in: place,
    ...(place === "path" || required.has(field) ? { required: true } : {}),
    ...described(fields[field] ?? {}, place),
    ...(field in example ? { example: example[field] } : {}),
  });
  return {
    parameters: [
      ...inPath.map((field) => parameter("path", field)),
      ...(bodiless ? others.map((field) => parameter("query", field)) : []),
      ...headersOf(contract),
    ],
    ...(bodiless ? {} : bodyOf(schema, whole, inPath, without(example, inPath))),
  };
};

const headersOf = (contract: Routed): { readonly $ref: string }[] => {
  if (contract.kind === "stream") return [header("LastEventId")];
  if (contract.idempotency === "key") return [header("IdempotencyKey")];
  return contract.http.method === "GET" ? [header("IfNoneMatch")] : [];
};

/** The description moves from the schema to the parameter, where tools show it. */
const described = ({ description, ...schema }: JsonSchema, place: "path" | "query"): Pick<Parameter, "schema" | "description"> => ({
  ...(typeof description === "string" ? { description } : {}),
  schema: place === "path" && schema.type === "string" ? { minLength: 1, maxLength: segmentLengthMax, ...schema } : schema,
});

const bodyOf = (schema: JsonSchema, whole: JsonSchema, inPath: readonly string[], example: object): { readonly requestBody?: RequestBody } => {
  const rest = inPath.length === 0 ? schema : { ...whole, ...narrowed(whole as ObjectSchema, inPath) };
  const resolved = inPath.length === 0 ? whole : rest;
  const properties = "properties" in resolved ? Object.keys((resolved as ObjectSchema).properties) : undefined;
  if (properties?.length === 0) return {};
  const required = properties === undefined || ((resolved.required as string[] | undefined)?.length ?? 0) > 0;
  return { requestBody: { required, content: { "application/json": { schema: rest, ...(Object.keys(example).length > 0 ? { example } : {}) } } } };
};

const narrowed = ({ properties, required = [] }: ObjectSchema, inPath: readonly string[]): Partial<ObjectSchema> => ({
  properties: without(properties, inPath) as ObjectSchema["properties"],
  required: required.filter((field) => !inPath.includes(field)),
});

const without = (fields: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => !names.includes(field)));
