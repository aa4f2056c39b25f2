import type { AddressInfo } from "node:net";
import { failureOf, getNode, listNodes, type Operation, type Stream, watchActivity } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { createClient, handle, handleStream, mountHttp, serve } from "@fogline/rpc";
import { fastify } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { createHubClient } from "./index.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Routes as a hub mounts them, over a bus with services that answer. */
const open = async () => {
  const about = { clock: virtualClock(1), random: seededRandom(3), source: "gateway" };
  const bus = inProcessBus(about);
  const line = { atMs: 1, name: "nodes.changed", subject: "pi-3", message: "pi-3 is online", severity: "info" } as const;
  const services = await serve(
    bus,
    [
      handle(listNodes, async ({ limit, after }) => ok({ nodes: [], next: after === undefined ? `after ${limit}` : null })),
      handle(getNode, async ({ id }) => fail(failureOf(getNode, "notFound", { id }))),
      handleStream(watchActivity, async (_request, { after }) => ({
        items: after === "3" ? [] : [{ cursor: String(Number(after ?? 0) + 1), item: line }],
      })),
    ],
    about,
  );
  const server = fastify({ forceCloseConnections: true });
  const contracts = [listNodes, getNode, watchActivity] as unknown as (Operation | Stream)[];
  const identify = async ({ headers }: { headers: { authorization?: string } }) =>
    headers.authorization === "Bearer ann" ? ({ name: "ann", role: "user" } as const) : undefined;
  mountHttp(server, { client: createClient(bus, about), contracts, identify: identify as never });
  await server.listen({ host: "127.0.0.1", port: 0 });
  stops.push(
    () => bus.close(),
    () => services.stop(),
    () => server.close(),
  );
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return (token: string) => createHubClient({ url, token });
};

describe("a client of a real server", () => {
  it("calls, pages through a list and is told what is not there", async () => {
    const ann = (await open())("ann");
    const { next } = await ann.nodes.list({ limit: 7 });
    expect(next).toBe("after 7");
    expect(await ann.nodes.list({ after: next ?? "" })).toEqual({ nodes: [], next: null });
    await expect(ann.nodes.get({ id: "pi-9" })).rejects.toMatchObject({ code: "FL4004", message: 'no node "pi-9"', fields: { id: "pi-9" } });
  });

  it("is told every fault of a request, and that it is not signed in", async () => {
    const as = await open();
    await expect(as("ann").nodes.list({ limit: 0, status: "lost" as never })).rejects.toMatchObject({
      code: "FL4001",
      findings: [{ place: { path: "status" } }, { place: { path: "limit" } }],
    });
    await expect(as("nobody").nodes.list()).rejects.toMatchObject({ code: "FL4002" });
  });

  it("follows a stream from where it was", async () => {
    const ann = (await open())("ann");
    const cursors: string[] = [];
    for await (const { cursor, item } of ann.activity.watch({}, { after: "1" })) {
      expect(item.message).toBe("pi-3 is online");
      cursors.push(cursor);
      if (cursors.length === 2) break;
    }
    expect(cursors).toEqual(["2", "3"]);
  });
});
