import { afterEach, describe, expect, it } from "vitest";
import { type Hub, openHub } from "../testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
const open = async (): Promise<Hub> => {
  const hub = await openHub({});
  closing.push(() => hub.close());
  return hub;
};
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const answer = async (hub: Hub, path: string, init: Parameters<Hub["api"]>[1] = {}) => {
  const response = await hub.api(path, init);
  const { code } = (await response.json()) as { code?: string };
  return [response.status, code, response.headers.get("content-type")?.split(";")[0]];
};

describe("a parameter in a path", () => {
  it("is judged by its contract however long it is, whatever the method", async () => {
    const hub = await open();
    const long = `/api/nodes/${"a".repeat(1_000)}`;
    for (const method of ["GET", "DELETE"]) expect(await answer(hub, long, { method })).toEqual([400, "FL4001", "application/problem+json"]);
  });

  it("that is no text is a malformed request", async () => {
    expect(await answer(await open(), "/api/nodes/%E0%A4%A")).toEqual([400, "FL4018", "application/problem+json"]);
  });
});
