import type { Code } from "@fogline/findings";
import type * as core from "zod/v4/core";

/** Any zod schema, full or mini. */
export type Schema = core.$ZodType;
/** What a sender may write: defaults may be left out. */
export type Input<S extends Schema> = core.input<S>;
/** What a receiver sees after parsing: defaults are filled in. */
export type Output<S extends Schema> = core.output<S>;

/** Who may call: `service` is another workload on the bus and never a person; roles above include those below: admin > user, admin > node. */
export type Role = "admin" | "user" | "node" | "service" | "anyone";

/** Where an operation or stream is met over HTTP. `:name` segments and the query are merged into the request before it is parsed. */
export interface HttpRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: `/${string}`;
}

/** A failure that an operation is allowed to answer with. `fields` are what the message is made of and travel with it. */
export interface ErrorDeclaration<C extends Code = Code, F extends Schema = Schema> {
  readonly code: C;
  readonly fields: F;
  readonly message: (fields: Output<F>) => string;
}

export type ErrorTable = Readonly<Record<string, ErrorDeclaration>>;

/** A failure as it travels: the key in the operation's error table, the documented code, a sentence and the fields behind it. */
export type Failure<Errors extends ErrorTable = ErrorTable> = {
  readonly [Name in keyof Errors & string]: {
    readonly error: Name;
    readonly code: Errors[Name]["code"];
    readonly message: string;
    readonly fields: Output<Errors[Name]["fields"]>;
  };
}[keyof Errors & string];

/**
 * What happens when a request arrives twice: `safe` changes nothing, `natural` gives the same end state each time, `key` is made so by the
 * idempotency key that the caller sends (answers are kept and replayed), `none` may be called once only and is never retried.
 */
export type Idempotency = "safe" | "natural" | "key" | "none";

/** One request with one response. */
export interface Operation<
  Name extends string = string,
  Request extends Schema = Schema,
  Response extends Schema = Schema,
  Errors extends ErrorTable = ErrorTable,
> {
  readonly kind: "operation";
  readonly name: Name;
  readonly summary: string;
  readonly role: Role;
  readonly idempotency: Idempotency;
  readonly http?: HttpRoute;
  /** Longest wait for the answer; 5,000 ms unless said. */
  readonly timeoutMs: number;
  readonly request: Request;
  readonly response: Response;
  readonly errors: Errors;
}

/** Items from server to client, in order, resumable: every item has a cursor, and a client that names the last cursor it saw gets what follows. */
export interface Stream<Name extends string = string, Request extends Schema = Schema, Item extends Schema = Schema> {
  readonly kind: "stream";
  readonly name: Name;
  readonly summary: string;
  readonly role: Role;
  readonly http?: HttpRoute;
  readonly request: Request;
  readonly item: Item;
}

/** Something that happened. A hint that state changed: delivered at least once, in order per source while a link lasts, and never the only record. */
export interface EventDeclaration<Name extends string = string, Data extends Schema = Schema> {
  readonly kind: "event";
  readonly name: Name;
  readonly summary: string;
  readonly data: Data;
}

export type Contract = Operation | Stream | EventDeclaration;

/** How an event travels. */
export interface EventEnvelope<Data = unknown> {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly occurredAtMs: number;
  readonly correlationId: string;
  readonly data: Data;
}

const defaultTimeoutMs = 5_000;

export const operation = <
  const Name extends string,
  Request extends Schema,
  Response extends Schema,
  const Errors extends ErrorTable = Record<never, never>,
>(declared: {
  name: Name;
  summary: string;
  role: Role;
  idempotency: Idempotency;
  http?: HttpRoute;
  timeoutMs?: number;
  request: Request;
  response: Response;
  errors?: Errors;
}): Operation<Name, Request, Response, Errors> => ({
  timeoutMs: defaultTimeoutMs,
  ...declared,
  errors: declared.errors ?? ({} as Errors),
  kind: "operation",
});

export const stream = <const Name extends string, Request extends Schema, Item extends Schema>(
  declared: Omit<Stream<Name, Request, Item>, "kind">,
): Stream<Name, Request, Item> => ({ ...declared, kind: "stream" });

export const event = <const Name extends string, Data extends Schema>(
  declared: Omit<EventDeclaration<Name, Data>, "kind">,
): EventDeclaration<Name, Data> => ({ ...declared, kind: "event" });

export const errorOf = <const C extends Code, F extends Schema>(
  code: C,
  fields: F,
  message: (fields: Output<F>) => string,
): ErrorDeclaration<C, F> => ({ code, fields, message });

/** Builds the failure `name` of an operation's error table; what a handler returns inside `fail(...)`. */
export const failureOf = <Errors extends ErrorTable, Name extends keyof Errors & string>(
  declared: { readonly errors: Errors },
  name: Name,
  fields: Output<Errors[Name]["fields"]>,
): Failure<Errors> => {
  const declaration = declared.errors[name] as ErrorDeclaration;
  return { error: name, code: declaration.code, message: declaration.message(fields as never), fields } as Failure<Errors>;
};
