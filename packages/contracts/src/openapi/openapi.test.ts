import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { safeParse } from "zod/v4/core";
import { errorOf, operation, stream } from "../kernel/declaration.ts";
import { contractsIn, isOperation, isStream } from "../testing/declared.ts";
import { node } from "../testing/samples.ts";
import { components } from "./components.ts";
import { examples } from "./examples.ts";
import { type JsonSchema, type OperationObject, openApiOf, type Parameter } from "./index.ts";

const exported = (await import(new URL("../index.ts", import.meta.url).href)) as object;
const all = contractsIn(exported).filter((contract) => isOperation(contract) || isStream(contract));
const routed = all.filter(({ http }) => http !== undefined);
const options = { title: "Fogline", version: "1.2.3" };
const document = openApiOf(all, options);
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const told = (name: string): OperationObject => {
  const found = operations.find(({ operationId }) => operationId === name);
  if (found === undefined) throw new Error(`the document does not tell of ${name}`);
  return found;
};
const parameter = (name: string, field: string): Parameter | undefined =>
  told(name).parameters.find((candidate): candidate is Parameter => "name" in candidate && candidate.name === field);
const bodyOf = (name: string): JsonSchema | undefined => told(name).requestBody?.content["application/json"].schema;

describe("the API's document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("tells of every contract that has a route under its own name, and of no other", () => {
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(routed.map(({ name }) => name).toSorted());
    expect(document.info).toMatchObject(options);
    expect(document.servers).toEqual([{ url: "/" }]);
    const servers = [{ url: "https://hub.example" }];
    expect(openApiOf([], { ...options, servers })).toMatchObject({ servers, paths: {}, tags: [], "x-codes": {} });
  });

  it("has no identifiers and dialects of its schemas' own", () => {
    expect(JSON.stringify(document)).not.toMatch(/"\$id"|"\$schema"|"\$defs"|"id":"unnamed/);
  });

  it("refers only to what it holds", () => {
    const text = JSON.stringify(document);
    const places = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, place]) => place ?? "");
    expect(places.length).toBeGreaterThan(100);
    const at = (place: string): unknown =>
      place.split("/").reduce<unknown>((owner, key) => (owner as Record<string, unknown> | undefined)?.[key], document);
    expect(places.filter((place) => at(place) === undefined)).toEqual([]);
  });

  it("names every record that the contracts export, apart from what only agents, services and WebSockets send", () => {
    const unnamed = Object.entries(exported)
      .filter(([, value]) => value instanceof z.ZodObject && !Object.values(components).includes(value))
      .map(([name]) => name);
    expect(unnamed.toSorted()).toEqual(["ServiceEvent", "ServiceInstance", "ShellRequest"]);
  });
});

describe("a request in the document", () => {
  it("has the parameters of its path, the query of a read and the body of a change", () => {
    expect(parameter("nodes.history", "id")).toMatchObject({ in: "path", required: true, schema: { maxLength: 1_000, pattern: expect.any(String) } });
    expect(parameter("nodes.history", "hours")).toEqual({
      name: "hours",
      in: "query",
      schema: { type: "integer", minimum: 1, maximum: 720, default: 24 },
      example: 24,
    });
    expect(parameter("simulation.remove", "id")).toMatchObject({ in: "path" });
    expect(told("simulation.remove").requestBody).toBeUndefined();
    expect(Object.keys(bodyOf("simulation.set")?.properties ?? {})).not.toContain("id");
    expect(told("tasks.cancel").requestBody).toBeUndefined();
  });

  it("says which body may be left out", () => {
    expect(told("tasks.create").requestBody?.required).toBe(true);
    expect(told("simulation.add").requestBody?.required).toBe(false);
    expect(told("auth.signin").requestBody?.required).toBe(true);
  });

  it("writes a flag of a query as a boolean", () => {
    expect(parameter("tasks.moves", "movedOnly")?.schema).toEqual({ type: "boolean", default: true });
    expect(parameter("changes.watch", "samples")?.schema).toEqual({ type: "boolean", default: false });
  });

  it("names the headers that the operation reads", () => {
    const headers = (name: string) => told(name).parameters.flatMap((one) => ("$ref" in one ? [one.$ref.split("/").at(-1)] : []));
    expect(headers("tasks.create")).toEqual(["IdempotencyKey"]);
    expect(headers("tasks.list")).toEqual(["IfNoneMatch"]);
    expect(headers("changes.watch")).toEqual(["LastEventId"]);
    expect(headers("tasks.cancel")).toEqual([]);
  });

  it("quotes what the source says of a field", () => {
    expect(parameter("nodes.list", "after")?.description).toBe("The id of the last node of the page before.");
    expect(parameter("nodes.list", "limit")?.description).toBe("How many at most.");
    expect(document.components.schemas.NodeRecord).toMatchObject({
      properties: { availability: { description: "Share of the time the node's tier promises, 0 to 1." } },
    });
    const { timeoutMs } = (document.components.schemas.TaskSpec?.properties ?? {}) as Record<string, JsonSchema>;
    expect(timeoutMs?.description).toBe("Null runs until it ends or is cancelled.");
    expect(timeoutMs?.anyOf).toEqual([expect.not.objectContaining({ description: expect.anything() }), { type: "null" }]);
  });
});

describe("an answer in the document", () => {
  it("is the record, with defaults filled in and room for fields of a newer hub", () => {
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "document", ...document }] });
    const fits = (value: object): unknown => ajv.validate({ $ref: "document#/components/schemas/NodeRecord" }, value);
    expect(fits({ ...node, neverHeardOf: 1 })).toBe(true);
    expect(fits({ ...node, metrics: undefined })).toBe(false);
    expect(fits({ ...node, status: "lost" })).toBe(false);
  });

  it("may be unchanged for a read, and is an endless text of events for a stream", () => {
    expect(Object.keys(told("nodes.get").responses)).toEqual(["200", "304", "400", "401", "403", "404", "413", "429", "500", "503", "504"]);
    expect(told("changes.watch").responses["304"]).toBeUndefined();
    expect(told("activity.watch").responses["200"]).toMatchObject({
      content: { "text/event-stream": { "x-item-schema": { $ref: "#/components/schemas/Activity" } } },
    });
  });

  it("is a problem with the codes of its status otherwise", () => {
    const { responses } = document.components;
    expect(told("deployments.create").responses["409"]).toEqual({ $ref: "#/components/responses/FL4005-FL4014" });
    expect(responses["FL4005-FL4014"]?.description).toBe(
      "FL4005: the thing is in another state than the request expects. FL4014: the idempotency key was used for another request.",
    );
    expect(responses["FL4005-FL4014"]?.content?.["application/problem+json"]?.schema).toEqual({
      allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { status: { const: 409 }, code: { enum: ["FL4005", "FL4014"] } } }],
    });
    expect(responses.FL4007?.headers).toHaveProperty("Retry-After");
    expect(document["x-codes"].FL4004).toMatchObject({ status: 404, remedy: expect.any(String) });
  });
});

describe("who may ask, in the document", () => {
  it("is a bearer of a token or a browser with a cookie of the role, or anyone", () => {
    expect(told("nodes.drain").security).toEqual([{ bearer: ["admin"] }, { cookie: ["admin"] }]);
    expect(told("nodes.drain")["x-role"]).toBe("admin");
    expect(told("auth.methods").security).toEqual([{}, { bearer: [] }, { cookie: [] }]);
    expect(Object.keys(told("auth.methods").responses)).not.toContain("401");
    expect(told("tasks.create")["x-failures"]).toEqual({ queueFull: "FL4012", refusedByPolicy: "FL4013" });
  });
});

describe("a contract that no area takes", () => {
  const http = { method: "GET", path: "/api/kitchen" } as const;
  const gone = errorOf("FL4004", z.object({}), () => "gone");
  const shape = { summary: "A dish.", role: "user", http, request: z.object({}) } as const;

  it("is refused, so that the reference has a place for everything", () => {
    const dish = operation({ ...shape, name: "kitchen.get", idempotency: "safe", response: z.object({}), errors: { gone } });
    expect(() => openApiOf([dish], options)).toThrow("no area of the API takes kitchen.get");
    const dishes = stream({ ...shape, name: "kitchen.watch", item: z.object({}) });
    expect(() => openApiOf([dishes], options)).toThrow("kitchen.watch");
  });
});

describe("the example of an operation", () => {
  it("stands for every operation that takes something and for no other", () => {
    const takes = routed.filter(({ request }) => !(request instanceof z.ZodObject) || Object.keys(request.shape).length > 0);
    expect(Object.keys(examples).toSorted()).toEqual(takes.map(({ name }) => name).toSorted());
  });

  // In a query every value is text.
  const queryText = (name: string, example: object): object =>
    Object.fromEntries(Object.entries(example).map(([key, value]) => [key, parameter(name, key)?.in === "query" ? String(value) : value]));

  it.each(Object.entries(examples))("of %s fits", (name, example) => {
    const contract = routed.find((candidate) => candidate.name === name);
    expect(contract && safeParse(contract.request, queryText(name, example)).error?.issues).toBeUndefined();
  });
});

/** Values at the edges of what schemas say. */
const edges: readonly unknown[] = [
  ...[null, true, 0, -1, 1, 0.5, 7, 99, 101, 1_000, 65_536, 700_000_000, 1e300, "", "x", "pi-3", "Pi 3", "warm", "x".repeat(64), "x".repeat(300)],
  ...[[], [""], ["x"], [1], ["iot"], {}, { a: "b" }, { A: 1 }, { kind: "battery", percentMin: 5, unlessCharging: true }, { kind: "temperature" }],
];

describe("what fits the document", () => {
  const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "document", ...document }] });
  const withPlace = (schema: JsonSchema): object => JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object;
  const changed = (example: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] => [
    example,
    {},
    { ...example, neverHeardOf: 1 },
    ...Object.keys(example).map((field) => Object.fromEntries(Object.entries(example).filter(([key]) => key !== field))),
  ];

  it.each(routed.filter(({ name }) => told(name).requestBody !== undefined).map(({ name, request }) => [name, request] as const))(
    "of the body of %s is taken by the contract, whatever a field is",
    (name, request) => {
      const fits = ajv.compile(withPlace(bodyOf(name) ?? {}));
      const inPath = told(name).parameters.flatMap((one) => ("in" in one && one.in === "path" ? [one.name] : []));
      const example = examples[name] ?? {};
      const path = Object.fromEntries(inPath.map((field) => [field, example[field]]));
      const body = Object.fromEntries(Object.entries(example).filter(([field]) => !inPath.includes(field)));
      const { properties } =
        (bodyOf(name)?.$ref === undefined ? bodyOf(name) : document.components.schemas[bodyOf(name)?.$ref?.split("/").at(-1) ?? ""]) ?? {};
      const bodies = [...changed(body), ...Object.keys(properties ?? body).flatMap((field) => edges.map((edge) => ({ ...body, [field]: edge })))];
      const fitting = bodies.filter((candidate) => fits(candidate));
      expect(fitting.length).toBeGreaterThan(0);
      for (const candidate of fitting) expect(safeParse(request, { ...path, ...candidate }).error?.issues, JSON.stringify(candidate)).toBeUndefined();
      expect(fits({ ...body, neverHeardOf: 1 })).toBe(false);
    },
  );
});
