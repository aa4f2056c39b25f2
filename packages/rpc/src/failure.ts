import { type Code, codes } from "@fogline/findings";
import type { BusError } from "@fogline/ports";
import { isRecord, type Problem } from "./json.ts";

/** A failure of any operation, as it travels. */
export interface AnyFailure {
  readonly error: string;
  readonly code: Code;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const callFailureNames = ["timeout", "unreachable", "breakerOpen", "lost", "refusedRequest", "internal", "forbidden"] as const;

/**
 * What can go wrong with a call whatever the operation is. `timeout` and `lost`: whether the other side acted is not known. `unreachable`:
 * `fields.kind` is the BusError's; `no-responders` alone proves that the last attempt reached nobody, a bus may also close while a request is on
 * its way. `refusedRequest`: `fields.problems` has every {@link Problem}. `internal`: the other side failed unexpectedly; its log has the cause
 * under the correlation id.
 */
export interface CallFailure extends AnyFailure {
  readonly error: (typeof callFailureNames)[number];
}

const failure = (error: CallFailure["error"], code: Code, message: string, fields: CallFailure["fields"] = {}): CallFailure => ({
  error,
  code,
  message,
  fields,
});

export const refused = (operation: string, problems: readonly Problem[]): CallFailure =>
  failure("refusedRequest", "FL4001", `the request does not fit ${operation}: ${problems.map(sentence).join("; ")}`, { problems });

export const internal = (message: string): CallFailure => failure("internal", "FL4011", message);

export const forbidden = (operation: string, needs: string, has: string): CallFailure =>
  failure("forbidden", "FL4003", `${operation} needs the role "${needs}", the caller has "${has}"`, { needs, has });

export const keyReused = (key: string): CallFailure =>
  failure("refusedRequest", "FL4014", `the idempotency key "${key}" was used for another request`, { key });

export const breakerOpen = (subject: string): CallFailure =>
  failure("breakerOpen", "FL4010", `calls to ${subject} failed repeatedly; waiting before trying again`);

export const tooManyCalls = (subject: string): CallFailure => failure("unreachable", "FL4009", `too many calls to ${subject} wait already`);

export const gaveUp = (subject: string): CallFailure => failure("timeout", "FL4008", `the caller stopped waiting for ${subject}`);

/** The call failure that a bus error is. */
export const ofBusError = ({ kind, subject, message }: BusError): CallFailure => {
  switch (kind) {
    case "timeout":
      return failure("timeout", "FL4008", `no answer from ${subject} in time`, { subject });
    case "lost":
      return failure("lost", "FL4009", `${subject} went away while it held the request`, { subject });
    case "too-large":
      return failure("refusedRequest", "FL4006", message, { problems: [{ path: "", message }] });
    case "no-responders":
      return failure("unreachable", "FL4009", `nobody answers ${subject}`, { subject, kind });
    case "queue-full":
    case "closed":
      return failure("unreachable", "FL4009", message, { subject, kind });
  }
};

/** The failure in a decoded answer, or undefined when it is none. */
export const asFailure = (value: unknown): AnyFailure | undefined => {
  if (!isRecord(value)) return undefined;
  const { error, code, message, fields } = value;
  if (typeof error !== "string" || typeof message !== "string" || typeof code !== "string" || !isCode(code)) return undefined;
  return { error, code, message, fields: isRecord(fields) ? fields : {} };
};

const isCode = (text: string): text is Code => Object.hasOwn(codes, text);

const sentence = ({ path, message }: Problem): string => (path === "" ? message : `${path}: ${message}`);
