import { describe, expect, it } from "vitest";
import { breakingChanges } from "./breaking.ts";
import type { PublishedContract, PublishedSchema } from "./publish.ts";

const text: PublishedSchema = { type: "string" };
const object = (properties: Record<string, PublishedSchema>, required = Object.keys(properties)): PublishedSchema => ({
  type: "object",
  properties: properties as Record<string, never>,
  required,
});
const getThing: PublishedContract = {
  name: "things.get",
  kind: "operation",
  role: "user",
  http: { method: "GET", path: "/api/things/:id" },
  idempotency: "safe",
  errors: { notFound: { code: "FL4004", fields: object({ id: text }) } },
  request: object({ id: text }),
  response: object({ name: text }),
};
const watch: PublishedContract = { name: "things.watch", kind: "stream", role: "user", request: object({}), item: object({ name: text }) };
const changed: PublishedContract = { name: "things.changed", kind: "event", data: object({ name: text }) };
const frames: PublishedContract = { name: "protocol", kind: "frames", frame: object({ name: text }) };
const all = [getThing, watch, changed, frames];

const told = (before: readonly PublishedContract[], after: readonly PublishedContract[]): string[] =>
  breakingChanges(before, after).map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
const toldOf = (change: Partial<PublishedContract>): string[] => told([getThing], [{ ...getThing, ...change }]);

describe("what breaks those who were built against the contracts before", () => {
  it("is nothing when nothing changed, or a contract was added", () => {
    expect(told(all, all)).toEqual([]);
    expect(told([], all)).toEqual([]);
    expect(told([watch], all)).toEqual([]);
  });

  it("is a contract that was removed", () => {
    expect(told(all, [getThing, watch, frames])).toEqual(["error things.changed: was removed"]);
    expect(told([getThing], [watch])).toEqual(["error things.get: was removed"]);
  });

  it("is a contract that was renamed, and says to what", () => {
    expect(told(all, [{ ...getThing, name: "things.read" }, watch, changed, frames])).toEqual(["error things.get: was renamed to things.read"]);
    const twin = { ...getThing, name: "things.twin" };
    expect(told([getThing, twin], [twin])).toEqual(["error things.get: was removed"]);
  });

  it("is another kind, role or idempotency", () => {
    expect(toldOf({ kind: "stream" })).toEqual(["error things.get: kind changed from operation to stream"]);
    expect(toldOf({ role: "admin" })).toEqual(["error things.get: role changed from user to admin"]);
    expect(toldOf({ idempotency: "none" })).toEqual(["error things.get: idempotency changed from safe to none"]);
  });

  it("is another route or method, and none at all; a new route is growth", () => {
    const path = "/api/thing/:id";
    const { http: _, ...unrouted } = getThing;
    expect(toldOf({ http: { method: "GET", path } })).toEqual(["error things.get: route changed from GET /api/things/:id to GET /api/thing/:id"]);
    expect(toldOf({ http: { method: "POST", path: "/api/things/:id" } })).toEqual([
      "error things.get: route changed from GET /api/things/:id to POST /api/things/:id",
    ]);
    expect(told([getThing], [unrouted])).toEqual(["error things.get: route changed from GET /api/things/:id to none"]);
    expect(told([unrouted], [getThing])).toEqual([]);
  });

  it("is an error that was removed, has another code or lost a field", () => {
    expect(toldOf({ errors: {} })).toEqual(["error things.get errors.notFound: was removed"]);
    expect(toldOf({ errors: { notFound: { code: "FL4005", fields: object({ id: text }) } } })).toEqual([
      "error things.get errors.notFound: code changed from FL4004 to FL4005",
    ]);
    expect(toldOf({ errors: { notFound: { code: "FL4004", fields: object({}) } } })).toEqual([
      "error things.get errors.notFound.fields.id: was removed",
    ]);
  });

  it("is perhaps a new way to fail", () => {
    const errors = { ...getThing.errors, full: { code: "FL4012", fields: object({}) } };
    expect(toldOf({ errors })).toEqual(["warning things.get errors.full: is a new way to fail"]);
  });

  it("is a field that a request newly requires, not one that a response newly has", () => {
    const larger = object({ id: text, name: text });
    expect(toldOf({ request: larger, response: larger })).toEqual(["error things.get request.name: is new and required"]);
  });

  it("is a field that a response, an item or an event lost", () => {
    expect(toldOf({ response: object({}) })).toEqual(["error things.get response.name: was removed"]);
    expect(told([watch], [{ ...watch, item: object({}) }])).toEqual(["error things.watch item.name: was removed"]);
    expect(told([changed], [{ ...changed, data: object({ name: text }, []) }])).toEqual(["error things.changed data.name: may be absent now"]);
  });

  it("is in frames what breaks either direction, told once", () => {
    expect(told([frames], [{ ...frames, frame: object({}) }])).toEqual(["error protocol frame.name: was removed"]);
    expect(told([frames], [{ ...frames, frame: object({ name: text, size: text }) }])).toEqual(["error protocol frame.size: is new and required"]);
    expect(told([frames], [{ ...frames, frame: object({ name: text }, []) }])).toEqual(["error protocol frame.name: may be absent now"]);
  });
});
