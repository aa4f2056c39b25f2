import { listNodes, type NodeRecord } from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { createClient, handle, serve } from "@fogline/rpc";
import { createLog } from "@fogline/service";
import { systemClock, systemRandom } from "@fogline/system";
import { afterEach, describe, expect, it } from "vitest";
import { type NodeWatch, watchNodes } from "./node-watch.ts";
import { nodeRecord } from "./testing/fleet.ts";

const ports = { clock: systemClock, random: systemRandom };
const ending = new AbortController();
let watch: NodeWatch | undefined;
afterEach(() => watch?.stop());

/** A registry that answers what `records` holds, and a watch of it that was refreshed once. */
const watching = async (records: NodeRecord[]): Promise<{ watch: NodeWatch; changes: () => number }> => {
  const bus = inProcessBus(ports);
  await serve(bus, [handle(listNodes, async () => ok({ nodes: records }))], { ...ports, source: "registry" });
  let changes = 0;
  const client = createClient(bus, { ...ports, source: "scheduler" });
  watch = await watchNodes(client, createLog({ level: "silent" }), () => void changes++, ending.signal);
  await watch.refresh();
  return { watch, changes: () => changes };
};

/** The record after a sample: samples change no version. */
const sampled = (record: NodeRecord, atMs: number, temperatureCelsius: number, thermalState: "normal" | "hot"): NodeRecord => ({
  ...record,
  lastSeenAtMs: atMs,
  state: record.state && { ...record.state, sampledAtMs: atMs, temperatureCelsius, thermalState },
});

describe("the watch of the nodes", () => {
  it("takes a newer sample of a node whose version is the same, and asks for a look when it got hot", async () => {
    const cool = nodeRecord("a", { version: 7, lastSeenAtMs: 1_000 });
    const records = [cool];
    const { watch, changes } = await watching(records);
    const before = changes();
    records[0] = sampled(cool, 2_000, 41, "normal");
    await watch.refresh();
    expect(watch.nodes.get("a")?.state?.temperatureCelsius).toBe(41);
    expect(changes()).toBe(before);
    records[0] = sampled(cool, 3_000, 58, "hot");
    await watch.refresh();
    expect(watch.nodes.get("a")?.state?.thermalState).toBe("hot");
    expect(changes()).toBe(before + 1);
  });

  it("keeps what it knows when a list tells of an older version, however fresh its sample is", async () => {
    const online = nodeRecord("a", { version: 7, lastSeenAtMs: 1_000 });
    const records = [online];
    const { watch } = await watching(records);
    records[0] = { ...sampled(online, 9_000, 58, "hot"), version: 6, status: "offline" };
    await watch.refresh();
    expect(watch.nodes.get("a")).toMatchObject({ version: 7, status: "online" });
  });
});
