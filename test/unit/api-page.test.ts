import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "@fogline/contracts";
import { openApiOf } from "@fogline/contracts/openapi";
import { answersKeptMs } from "@fogline/rpc";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";

const page = readFileSync(join(root, "docs/api.md"), "utf8");
const contracts = Object.values((await import("@fogline/contracts")) as Record<string, unknown>).filter(
  (value): value is Operation => typeof value === "object" && value !== null && "summary" in value && "http" in value,
);
const document = openApiOf(contracts, { title: "Fogline", version: "0.1.0" });

describe("docs/api.md", () => {
  it("tells what a client does about every code that an operation may answer, beside its status", () => {
    const rows = [...page.matchAll(/^\| ([\d, ]+) \| (FL[^|]+) \|/gm)].flatMap(([, statuses = "", codes = ""]) =>
      codes
        .trim()
        .split(", ")
        .map((code) => [code, statuses.trim().split(", ").map(Number)] as const),
    );
    expect(rows.map(([code]) => code).toSorted()).toEqual(Object.keys(document["x-codes"]));
    for (const [code, statuses] of rows) expect(statuses, code).toContain(document["x-codes"][code]?.status);
  });

  it("says as long as the document and the code do how long the answer of a key is kept", () => {
    const hours = `for ${answersKeptMs / 3_600_000} hours`;
    expect(page.replaceAll("\n", " ")).toContain(hours);
    expect(document.components.parameters.IdempotencyKey?.description).toContain(hours);
  });

  it("names every kind of repeating", () => {
    const kinds = new Set(Object.values(document.paths).flatMap((methods) => Object.values(methods).map((told) => told["x-idempotency"])));
    for (const kind of kinds) expect(page).toContain(`| \`${kind}\` |`);
  });

  it("names only operations and paths that exist", () => {
    const ids = new Set(contracts.map(({ name }) => name));
    const areas = new Set([...ids].map((id) => id.split(".")[0]));
    const named = [...page.matchAll(/`([a-z]+)\.([a-z]+)`/g)].filter(([, area]) => areas.has(area));
    for (const [, area, verb] of named) expect(ids, `${area}.${verb}`).toContain(`${area}.${verb}`);
    for (const [, path = ""] of page.matchAll(/(\/api\/[a-z/]+)/g)) if (!path.endsWith("/")) expect(Object.keys(document.paths)).toContain(path);
  });
});
