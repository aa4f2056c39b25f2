import { type Code, type CodeEntry, codes } from "@fogline/findings";
import type { ErrorTable, Operation, Stream } from "../kernel/declaration.ts";
import type { JsonSchema, Schemas } from "./schemas.ts";

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema; readonly "x-item-schema"?: JsonSchema }>>;
}

type Routed = (Operation | Stream) & Required<Pick<Operation, "http">>;
type Reference = { readonly $ref: string };

/** Headers that answers carry. */
export const answerHeaders = {
  ETag: { description: "Names this state of the answer, for If-None-Match.", schema: { type: "string" } },
  RequestId: { description: "The id of the request: the caller's `X-Request-Id`, else a new one. The hub's log has it.", schema: { type: "string" } },
  RetryAfter: { description: "Seconds to wait before the next try.", schema: { type: "integer", minimum: 1 } },
} as const;
const headers = (...names: (keyof typeof answerHeaders)[]): Record<string, Reference> =>
  Object.fromEntries(names.map((name) => [written[name], { $ref: `#/components/headers/${name}` }]));
const written = { ETag: "ETag", RequestId: "X-Request-Id", RetryAfter: "Retry-After" } as const satisfies Record<keyof typeof answerHeaders, string>;

const entryOf = (code: Code): CodeEntry => codes[code];
const statusOf = (code: Code): number => entryOf(code).status ?? 500;

/** What any operation may answer, whatever it is. FL4008 to FL4010: the service behind the gateway does not answer. */
const always: readonly Code[] = ["FL4001", "FL4006", "FL4007", "FL4008", "FL4009", "FL4010", "FL4011", "FL4018"];

/** The codes that a contract may answer with, sorted. */
export const codesOf = (contract: Routed): readonly Code[] => {
  const mine = contract.kind === "stream" ? [] : Object.values<ErrorTable[string]>(contract.errors).map(({ code }) => code);
  const guarded: readonly Code[] = contract.role === "anyone" ? [] : ["FL4002", "FL4003"];
  const keyed: readonly Code[] = contract.kind === "operation" && contract.idempotency === "key" ? ["FL4014"] : [];
  return [...new Set([...always, ...guarded, ...keyed, ...mine])].toSorted();
};

/** Every answer of a contract by status: 200, 304 where reads have an ETag, and one for each status of its codes. */
export const answersOf = (contract: Routed, schemas: Schemas, shared: SharedAnswers): Readonly<Record<string, Answer | Reference>> => {
  const statuses = Map.groupBy(codesOf(contract), statusOf);
  const problems = [...statuses].map(([status, told]) => [String(status), shared.problem(status, told)] as const);
  return Object.fromEntries(
    [
      ["200", success(contract, schemas)],
      ...(isRead(contract) ? [["304", { $ref: "#/components/responses/NotModified" }]] : []),
      ...problems,
    ].toSorted(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  ) as Record<string, Answer | Reference>;
};

const isRead = ({ kind, http }: Routed): boolean => kind === "operation" && http.method === "GET";

const success = (contract: Routed, schemas: Schemas): Answer => {
  if (contract.kind === "stream") {
    const description = "Server-sent events that do not end. Each has an `id`, the cursor to go on from, and `data`: JSON of the item schema.";
    const schema = { type: "string", contentMediaType: "text/event-stream" } as const;
    const item = schemas.answer(contract.item, `${contract.name}.item`);
    return { description, headers: headers("RequestId"), content: { "text/event-stream": { schema, "x-item-schema": item } } };
  }
  const { description = isRead(contract) ? "What was asked for." : "Done.", ...schema } = schemas.answer(
    contract.response,
    `${contract.name}.response`,
  );
  return {
    description: String(description),
    headers: headers("RequestId", ...(isRead(contract) ? (["ETag"] as const) : [])),
    content: { "application/json": { schema } },
  };
};

/** Answers that many operations give stand once in the document, under a name made of their codes. */
export class SharedAnswers {
  readonly #all = new Map<string, Answer>([
    ["NotModified", { description: "Nothing changed since the ETag that was sent.", headers: headers("ETag") }],
  ]);
  readonly #problem: JsonSchema;

  constructor(problem: JsonSchema) {
    this.#problem = problem;
  }

  problem(status: number, told: readonly Code[]): Reference {
    const name = told.join("-");
    this.#all.set(name, {
      description: told.map((code) => `${code}: ${entryOf(code).title}.`).join(" "),
      headers: headers("RequestId", ...(status === 429 ? (["RetryAfter"] as const) : [])),
      content: {
        "application/problem+json": {
          schema: { allOf: [this.#problem, { properties: { status: { const: status }, code: { enum: [...told] } } }] } as JsonSchema,
        },
      },
    });
    return { $ref: `#/components/responses/${name}` };
  }

  all(): Readonly<Record<string, Answer>> {
    return Object.fromEntries([...this.#all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
