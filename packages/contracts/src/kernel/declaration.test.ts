import { describe, expect, it } from "vitest";
import { z } from "zod";
import { errorOf, event, failureOf, operation, stream } from "./declaration.ts";

const request = z.object({ id: z.string() });
const response = z.object({ name: z.string() });
const gone = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no thing "${id}"`);
const getThing = operation({ name: "things.get", summary: "One thing.", role: "user", idempotency: "safe", request, response, errors: { gone } });

describe("an operation", () => {
  it("is what was declared, waits 5 s and has no route unless told", () => {
    expect(getThing).toEqual({
      kind: "operation",
      name: "things.get",
      summary: "One thing.",
      role: "user",
      idempotency: "safe",
      timeoutMs: 5_000,
      request,
      response,
      errors: { gone },
    });
    expect(getThing.request).toBe(request);
  });

  it("keeps its own wait and route, and has an empty error table when it declares none", () => {
    const declared = operation({
      name: "things.list",
      summary: "Things.",
      role: "anyone",
      idempotency: "safe",
      timeoutMs: 70,
      http: { method: "GET", path: "/api/things" },
      request,
      response,
    });
    expect(declared).toMatchObject({ timeoutMs: 70, http: { method: "GET", path: "/api/things" } });
    expect(declared.errors).toEqual({});
  });
});

describe("a stream and an event", () => {
  it("are what was declared", () => {
    expect(stream({ name: "things.watch", summary: "Things.", role: "user", request, item: response })).toEqual({
      kind: "stream",
      name: "things.watch",
      summary: "Things.",
      role: "user",
      request,
      item: response,
    });
    expect(event({ name: "things.changed", summary: "A thing changed.", data: response })).toEqual({
      kind: "event",
      name: "things.changed",
      summary: "A thing changed.",
      data: response,
    });
  });
});

describe("an error", () => {
  it("keeps its code, and makes its sentence of its fields", () => {
    expect(gone.code).toBe("FL4004");
    expect(gone.message({ id: "t1" })).toBe('no thing "t1"');
  });

  it("becomes a failure with its name, code, sentence and fields", () => {
    expect(failureOf(getThing, "gone", { id: "t1" })).toEqual({ error: "gone", code: "FL4004", message: 'no thing "t1"', fields: { id: "t1" } });
  });
});
