import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listNodes } from "@fogline/contracts";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { declaration, type Hub, openHub, unwrap } from "../testing/hub.ts";

const folder = mkdtempSync(join(tmpdir(), "fogline-nodes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const nodesFile = join(folder, "nodes.json");
const declare = (...ids: string[]) => writeFileSync(nodesFile, JSON.stringify(ids.map((id) => declaration(id))));
const open = async (): Promise<Hub> => {
  const hub = await openHub({ nodesFile });
  closing.push(() => hub.close());
  return hub;
};
const ids = async (hub: Hub) => unwrap(await hub.client.call(listNodes, {})).nodes.map(({ id }) => id);
/** Lets the hub look at its file until the registry holds these. */
const becomes = async (hub: Hub, expected: readonly string[]) => {
  for (let looks = 0; looks < 20 && (await ids(hub)).join() !== expected.join(); looks++) await hub.pass(5_000, 5_000);
  expect(await ids(hub)).toEqual(expected);
};

describe("the file of nodes", () => {
  it("is declared before anybody is answered otherwise, and followed", async () => {
    declare("pi-1", "pi-2");
    const hub = await open();
    expect(await ids(hub)).toEqual(["pi-1", "pi-2"]);
    declare("pi-2", "pi-3");
    await becomes(hub, ["pi-2", "pi-3"]);
  });

  it.each([
    ["is no JSON", "[{"],
    ["is no list of nodes", JSON.stringify([{ id: "Not A Name" }])],
  ])("changes nothing when it %s, and is taken when it is mended", async (_fault, text) => {
    declare("pi-1");
    const hub = await open();
    writeFileSync(nodesFile, text);
    for (let looks = 0; looks < 3; looks++) await hub.pass(5_000, 5_000);
    expect(await ids(hub)).toEqual(["pi-1"]);
    declare("pi-1", "pi-4");
    await becomes(hub, ["pi-1", "pi-4"]);
  });
});
