import { type JSONSchema, toJSONSchema } from "zod/v4/core";
import { FromAgent, FromHub } from "../agent-protocol.ts";
import type { Contract, ErrorTable, HttpRoute, Idempotency, Role, Schema } from "../kernel/declaration.ts";

/** A JSON Schema of the dialect that zod writes (draft 2020-12), with everything in place: no references. */
export type PublishedSchema = JSONSchema.BaseSchema;

/** A failure that an operation may answer with. */
export interface PublishedError {
  readonly code: string;
  readonly fields: PublishedSchema;
}

/**
 * What others rely on of one contract: everything that is seen from outside, and nothing that may change freely (summary, timeout, messages).
 * `frames` is one direction of the agent protocol, which agents of any age speak with hubs of any age.
 */
export interface PublishedContract {
  readonly name: string;
  readonly kind: Contract["kind"] | "frames";
  readonly role?: Role;
  readonly http?: HttpRoute;
  readonly idempotency?: Idempotency;
  readonly errors?: Readonly<Record<string, PublishedError>>;
  /** What a sender may write: fields with a default may be left out. */
  readonly request?: PublishedSchema;
  /** What a receiver gets: fields with a default are there. The same holds for `item` and `data`. */
  readonly response?: PublishedSchema;
  readonly item?: PublishedSchema;
  readonly data?: PublishedSchema;
  readonly frame?: PublishedSchema;
}

/** Every contract among the exports of a module, and the frames of the agent protocol, sorted by name; equal declarations give equal text. */
export const publish = (exported: Readonly<Record<string, unknown>>): readonly PublishedContract[] => {
  const contracts = Object.values(exported).filter(isContract).map(published);
  const frames: PublishedContract[] = [
    { name: "agent-protocol.from-agent", kind: "frames", frame: written(FromAgent) },
    { name: "agent-protocol.from-hub", kind: "frames", frame: written(FromHub) },
  ];
  return [...contracts, ...frames]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, kind, ...rest }) => ({ name, kind, ...(sortedKeys(rest) as object) }));
};

const isContract = (value: unknown): value is Contract =>
  typeof value === "object" && value !== null && "kind" in value && ["operation", "stream", "event"].includes(String(value.kind)) && "name" in value;

const published = (contract: Contract): PublishedContract => {
  const { name, kind } = contract;
  if (contract.kind === "event") return { name, kind, data: read(contract.data) };
  const { role, http } = contract;
  const asked = { name, kind, role, request: written(contract.request), ...(http === undefined ? {} : { http }) };
  if (contract.kind === "stream") return { ...asked, item: read(contract.item) };
  return { ...asked, idempotency: contract.idempotency, response: read(contract.response), errors: publishedErrors(contract.errors) };
};

const publishedErrors = (errors: ErrorTable): Record<string, PublishedError> =>
  Object.fromEntries(Object.entries(errors).map(([name, { code, fields }]) => [name, { code, fields: read(fields) }]));

const written = (schema: Schema): PublishedSchema => bare(toJSONSchema(schema, { io: "input", unrepresentable: "any" }));

/** Between machines unknown keys are dropped, so a schema that is read says nothing of them. */
const read = (schema: Schema): PublishedSchema =>
  bare(
    toJSONSchema(schema, {
      io: "output",
      unrepresentable: "any",
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  );

const bare = ({ $schema: _, ...schema }: JSONSchema.BaseSchema): PublishedSchema => schema;

const sortedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]));
};
