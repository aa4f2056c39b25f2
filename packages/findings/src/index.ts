export { type Code, type CodeEntry, codes, type Handling } from "./codes.ts";
export { documentationOf } from "./documentation.ts";
export { FoglineError, textOf } from "./error.ts";
export type { Finding, Place, Severity } from "./finding.ts";
export { nearest } from "./nearest.ts";
export { type Refusal, refusal } from "./refusal.ts";
export { fail, ok, type Result } from "./result.ts";
