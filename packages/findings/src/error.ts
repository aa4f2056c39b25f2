import { type Code, codes, type Handling } from "./codes.ts";
import type { Finding } from "./finding.ts";

/** An error that carries its handling: a documented code, what happened, what to do, and the fields behind it. */
export class FoglineError extends Error {
  override readonly name = "FoglineError";
  readonly code: Code;
  readonly remedy: string;
  readonly handling: Handling;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];

  constructor(
    code: Code,
    message: string,
    details: { remedy?: string; fields?: Readonly<Record<string, unknown>>; findings?: readonly Finding[]; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy ?? codes[code].remedy;
    this.handling = codes[code].handling;
    this.fields = details.fields ?? {};
    this.findings = details.findings ?? [];
  }
}

/** The text of anything thrown, for a log line or a person. */
export const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
