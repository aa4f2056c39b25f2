import { Validator } from "@seriousme/openapi-schema-validator";
import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { publicContracts, signInContracts } from "./contracts.ts";
import { mountOpenApi, openApi } from "./openapi.ts";

const contracts = Object.values((await import("@fogline/contracts")) as Record<string, unknown>).filter(
  (value): value is { name: string; http: object } => typeof value === "object" && value !== null && "summary" in value && "http" in value,
);

describe("the routes of the gateway", () => {
  it("are those of every contract that has one", () => {
    const served = [...publicContracts, ...signInContracts].map(({ name }) => name);
    expect(served.toSorted()).toEqual(contracts.map(({ name }) => name).toSorted());
  });
});

describe("/openapi.json", () => {
  const served = () => {
    const server = fastify();
    mountOpenApi(server, "1.2.3");
    return server;
  };

  it("is the valid document of all of them, with this gateway's version, to anybody", async () => {
    const answer = await served().inject({ url: "/openapi.json" });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(openApi("1.2.3"))));
    expect(await new Validator().validate(answer.json())).toEqual({ valid: true });
  });

  it("is not sent again to who has it", async () => {
    const server = served();
    const { etag } = (await server.inject({ url: "/openapi.json" })).headers;
    const again = await server.inject({ url: "/openapi.json", headers: { "if-none-match": `"other", ${String(etag)}` } });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, "", etag]);
    const other = await server.inject({ url: "/openapi.json", headers: { "if-none-match": '"other"' } });
    expect(other.statusCode).toBe(200);
  });

  it("is compressed for who takes that", async () => {
    const answer = await served().inject({ url: "/openapi.json", headers: { "accept-encoding": "br, gzip" } });
    expect([answer.headers["content-encoding"], answer.headers.vary]).toEqual(["gzip", "accept-encoding"]);
    expect(answer.rawPayload.length).toBeLessThan(25_000);
  });
});
