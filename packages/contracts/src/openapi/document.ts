import { type Code, type CodeEntry, codes } from "@fogline/findings";
import type { Idempotency, Operation, Role, Stream } from "../kernel/declaration.ts";
import { type Answer, answerHeaders, answersOf, codesOf, SharedAnswers } from "./answers.ts";
import { areaOf, areas } from "./areas.ts";
import { comments } from "./comments.ts";
import { Problem } from "./components.ts";
import { type Asked, askedOf, headerParameters, type Parameter } from "./request.ts";
import { type JsonSchema, type Schemas, schemasOf } from "./schemas.ts";

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  /** Where the API is served; the origin of the document unless said. */
  readonly servers?: readonly { readonly url: string; readonly description?: string }[];
}

/** A contract as the document tells it. What OpenAPI has no word for has names that begin with `x-`. */
export interface OperationObject extends Asked {
  readonly operationId: string;
  readonly tags: readonly [string];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
  readonly "x-role": Role;
  readonly "x-idempotency": Idempotency;
  /** Of the codes that it may answer, those that it declares itself, by the name of the failure. */
  readonly "x-failures": Readonly<Record<string, Code>>;
}

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly [key: string]: unknown };
  readonly servers: readonly { readonly url: string; readonly description?: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: typeof answerHeaders;
    readonly responses: Readonly<Record<string, Answer>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
  /** What every code that an operation may answer means and what to do about it. */
  readonly "x-codes": Readonly<Record<string, CodeEntry>>;
}

type Routed = (Operation | Stream) & Required<Pick<Operation, "http">>;

/** The OpenAPI 3.1 document of contracts. Those without a route are left out, because nobody meets them over HTTP. */
export const openApiOf = (contracts: readonly (Operation | Stream)[], options: OpenApiOptions): OpenApiDocument => {
  const routed = contracts.filter((contract): contract is Routed => contract.http !== undefined);
  const schemas = schemasOf(
    routed.map(({ request }) => request),
    [...routed.map((contract) => (contract.kind === "stream" ? contract.item : contract.response)), Problem],
  );
  const shared = new SharedAnswers(schemas.answer(Problem, "Problem"));
  const told = routed.map((contract) => ({ contract, operation: operationOf(contract, schemas, shared) }));
  const used = new Set(routed.map(({ name }) => areaOf(name)));
  return {
    openapi: "3.1.0",
    info: {
      title: options.title,
      version: options.version,
      description: conventions,
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: options.servers ?? [{ url: "/" }],
    tags: areas.filter((area) => used.has(area)).map(({ name, description }) => ({ name, description })),
    paths: pathsOf(told),
    components: {
      schemas: schemas.named(),
      parameters: headerParameters,
      headers: answerHeaders,
      responses: shared.all(),
      securitySchemes,
    },
    "x-codes": Object.fromEntries([...new Set(routed.flatMap(codesOf))].toSorted().map((code) => [code, codes[code]])),
  };
};

const operationOf = (contract: Routed, schemas: Schemas, shared: SharedAnswers): OperationObject => {
  const { name, summary, role } = contract;
  const comment = comments[name];
  const idempotency = contract.kind === "stream" ? "safe" : contract.idempotency;
  const failures = contract.kind === "stream" ? {} : contract.errors;
  return {
    operationId: name,
    tags: [areaOf(name).name],
    summary,
    description: [...(comment === undefined ? [] : [comment]), whoMay[role], twice[idempotency]].join(" "),
    ...askedOf(contract, schemas),
    responses: answersOf(contract, schemas, shared),
    security: role === "anyone" ? [{}, { bearer: [] }, { cookie: [] }] : [{ bearer: [role] }, { cookie: [role] }],
    "x-role": role,
    "x-idempotency": idempotency,
    "x-failures": Object.fromEntries(Object.entries(failures).map(([failure, { code }]) => [failure, code])),
  };
};

/** `/api/nodes/:id` of a contract is `/api/nodes/{id}` here. */
const pathsOf = (told: readonly { readonly contract: Routed; readonly operation: OperationObject }[]): OpenApiDocument["paths"] => {
  const byPath = Map.groupBy(told, ({ contract }) => contract.http.path.replaceAll(/:(\w+)/g, "{$1}"));
  return Object.fromEntries(
    [...byPath].map(([path, group]) => [
      path,
      Object.fromEntries(group.map(({ contract, operation }) => [contract.http.method.toLowerCase(), operation])),
    ]),
  );
};

const whoMay: Readonly<Record<Role, string>> = {
  anyone: "Anyone may ask.",
  user: "Needs the role user or admin.",
  node: "Needs the role node or admin; a node speaks for itself only.",
  admin: "Needs the role admin.",
  service: "For the hub's own services.",
};

const twice: Readonly<Record<Idempotency, string>> = {
  safe: "Changes nothing.",
  natural: "Sending it twice has the effect of sending it once.",
  key: "With an Idempotency-Key, sending it twice has the effect and the answer of sending it once.",
  none: "Sending it twice may act twice.",
};

const securitySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "An access token from `auth.signin` or `auth.refresh`, good for 10 minutes; on the hub's own machine also the content of `admin.token`.",
  },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "fogline_session",
    description:
      "What browsers hold after signing in; the name ends with `_` and the port of the hub. Requests that change something need the header `X-Fogline-Request` beside it, which other sites cannot send.",
  },
} as const;

const conventions = [
  "Everything that people, programs and devices may ask of a hub, generated from the contracts that the hub checks requests against.",
  "Requests are JSON in UTF-8; unknown fields are refused by name. Answers may gain fields with a newer hub: ignore those you do not know.",
  "Lists come in pages: `limit` says how many, `after` takes the `next` of the page before, and `next` is null on the last one.",
  "Errors are problem details (RFC 9457) with a documented `code`, which never changes its meaning.",
  "Reads have an ETag. What may be repeated safely is said at each operation, and `Idempotency-Key` makes more of them so.",
].join("\n\n");
