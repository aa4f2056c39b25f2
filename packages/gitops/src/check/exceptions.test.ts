import type { Finding } from "@fogline/findings";
import type { Exception } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { applyExceptions } from "../index.ts";

const place = { file: "clusters/fleet.yaml", line: 7 };
const finding = (fields: Partial<Finding> = {}): Finding => ({
  code: "FL2101",
  severity: "error",
  message: "runs a tag",
  cluster: "edge",
  object: "Deployment fogline/camera-front",
  ...fields,
});
const exception = (fields: Partial<Exception> = {}): Exception => ({
  code: "FL2101",
  reason: "The vendor has no digests.",
  until: "2026-12-31",
  place,
  ...fields,
});
const judged = (one: Exception, findings: readonly Finding[] = [finding()], today = "2026-11-26") => {
  const { findings: left, excepted } = applyExceptions(findings, [one], today);
  return { left: left.map(({ code, severity }) => `${code} ${severity}`), excepted: excepted.length };
};

describe("an exception", () => {
  it.each([
    ["its code", {}],
    ["its code and cluster", { cluster: "edge" }],
    ["its code and object", { object: "Deployment fogline/camera-front" }],
    ["a pattern for the object", { object: "Deployment fogline/camera-*" }],
    ["a pattern for all objects of a kind", { object: "Deployment */*" }],
  ])("takes out a finding by %s", (_by, fields) => {
    expect(judged(exception(fields))).toEqual({ left: [], excepted: 1 });
  });

  it.each([
    ["another code", { code: "FL2102" }],
    ["another cluster", { cluster: "cloud" }],
    ["another object", { object: "Deployment fogline/recorder" }],
    ["a pattern that ends too early", { object: "Deployment fogline/camera" }],
    ["a star that would have to cross a slash", { object: "Deployment *camera-front" }],
    ["a dot that is no letter", { object: "Deployment fogline/camera.front" }],
  ])("leaves a finding of %s, and is told to be unused", (_of, fields) => {
    expect(judged(exception(fields))).toEqual({ left: ["FL2101 error", "FL2292 warning"], excepted: 0 });
  });

  it("holds through its last day, and is an error from the next", () => {
    expect(judged(exception(), [finding()], "2026-12-31")).toEqual({ left: [], excepted: 1 });
    expect(judged(exception(), [finding()], "2027-01-01")).toEqual({ left: ["FL2101 error", "FL2291 error"], excepted: 0 });
  });

  it("never takes out what no exception may silence", () => {
    const clear = finding({ code: "FL2209", message: "holds password in clear" });
    expect(judged(exception({ code: "FL2209" }), [clear])).toEqual({ left: ["FL2209 error", "FL2292 warning"], excepted: 0 });
  });

  it("takes out every finding that it speaks of, and gives each with its reason", () => {
    const both = [finding(), finding({ object: "Deployment fogline/camera-back" }), finding({ code: "FL2107" })];
    const { findings, excepted } = applyExceptions(both, [exception()], "2026-11-26");
    expect(findings.map(({ code }) => code)).toEqual(["FL2107"]);
    expect(excepted.map(({ finding: one, exception: by }) => `${one.object}: ${by.reason}`)).toEqual([
      "Deployment fogline/camera-front: The vendor has no digests.",
      "Deployment fogline/camera-back: The vendor has no digests.",
    ]);
  });

  it("is found at its own line when it has expired or is unused", () => {
    expect(applyExceptions([], [exception()], "2026-11-26").findings).toMatchObject([{ code: "FL2292", place }]);
    expect(applyExceptions([], [exception()], "2027-11-26").findings).toMatchObject([
      { code: "FL2291", place, message: expect.stringContaining("2026-12-31") },
    ]);
  });
});
