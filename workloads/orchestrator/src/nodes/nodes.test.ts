import { connectNode, disconnectNode, getNode, heartbeatNode, listNodes, nodeChanged, registerNode } from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { declaration, type Hub, hello, openHub, state } from "../testing/hub.ts";

const hubs: Hub[] = [];
const open = async (...options: Parameters<typeof openHub>) => {
  const hub = await openHub(...options);
  hubs.push(hub);
  return hub;
};
afterEach(async () => {
  for (const { running } of hubs.splice(0)) await running.stop();
});

const unwrap = <Value>(result: { ok: true; value: Value } | { ok: false; failure: { message: string } }): Value => {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
};

const register = async ({ client }: Hub, id: string, more = {}) => {
  const { credential } = unwrap(await client.call(registerNode, declaration(id, more)));
  return credential ?? "";
};
const statusOf = async ({ client }: Hub, id: string) => {
  const { status, reason } = unwrap(await client.call(getNode, { id }));
  return { status, reason };
};

describe("declaring a node", () => {
  it("answers the credential once, and keeps it when the declaration changes", async () => {
    const hub = await open();
    const first = unwrap(await hub.client.call(registerNode, declaration("pi-1")));
    expect(first.node).toMatchObject({ id: "pi-1", status: "never-seen", version: 1 });
    const again = unwrap(await hub.client.call(registerNode, declaration("pi-1", { ring: "canary" })));
    expect(again).toMatchObject({ credential: null, node: { ring: "canary", version: 2 } });
    const connected = await hub.client.call(connectNode, hello("pi-1", first.credential ?? ""));
    expect(connected.ok).toBe(true);
  });
});

describe("a node", () => {
  it("goes online with its hello, suspect when its connection ends, and offline after the confirmation time", async () => {
    const hub = await open();
    const credential = await register(hub, "pi-1");
    await hub.client.call(connectNode, hello("pi-1", credential));
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "online", reason: "it connected for the first time" });
    await hub.client.call(disconnectNode, { id: "pi-1", connectionId: "c1", reason: "it did not answer 2 pings" });
    expect(await statusOf(hub, "pi-1")).toEqual({ status: "suspect", reason: "its connection was lost: it did not answer 2 pings" });
    await hub.pass(3_900);
    expect((await statusOf(hub, "pi-1")).status).toBe("suspect");
    await hub.pass(200);
    expect(await statusOf(hub, "pi-1")).toEqual({
      status: "offline",
      reason: "it did not come back within 4 s and no peer of its site could be asked",
    });
  });
});
