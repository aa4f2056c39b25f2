import { describe, expect, it } from "vitest";
import { json, nobody, problem, type Step, wire } from "./testing/wire.ts";

const line = (message: string) => ({ atMs: 1, name: "nodes.changed", subject: "pi-3", message, severity: "info" });
const event = (id: number): string => `id: ${id}\ndata: ${JSON.stringify(line(`line ${id}`))}\n\n`;
/** A connection that sends these and ends, or breaks. */
const connection = (texts: readonly string[], end: "ends" | "breaks" = "ends"): Step => {
  const left = texts.map((text) => new TextEncoder().encode(text));
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (end === "ends") controller.close();
      else controller.error(new TypeError("terminated"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

const take = async <Item>(items: AsyncIterable<Item>, count: number): Promise<Item[]> => {
  const taken: Item[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
};

describe("following a stream", () => {
  it("gives each item with its cursor", async () => {
    const { client, seen } = wire([connection(["retry: 2000\n\n", event(1), ": heartbeat\n\n", event(2)])]);
    expect(await take(client.activity.watch(), 2)).toEqual([
      { cursor: "1", item: line("line 1") },
      { cursor: "2", item: line("line 2") },
    ]);
    expect(seen).toMatchObject([{ path: "/api/activity", headers: { accept: "text/event-stream", authorization: "Bearer t" } }]);
  });

  it("goes on after the last item when the connection ends, breaks or cannot be made", async () => {
    const { client, seen, waits } = wire([
      connection(["retry: 2000\n\n", event(1)]),
      connection([event(2)], "breaks"),
      nobody(),
      problem(503, "FL4009"),
      connection([event(3)]),
    ]);
    const items = await take(client.activity.watch({}, { after: "0" }), 3);
    expect(items.map(({ cursor }) => cursor)).toEqual(["1", "2", "3"]);
    expect(seen.map(({ headers }) => headers["last-event-id"])).toEqual(["0", "1", "2", "2", "2"]);
    expect(waits).toEqual([2_000, 2_000, 2_000, 2_000]);
  });

  it("waits longer the more often the hub does not answer, and as long as the hub asks", async () => {
    const { client, waits } = wire([nobody(), nobody(), problem(429, "FL4007", {}, { "retry-after": "9" }), connection([event(1)])]);
    await take(client.activity.watch(), 1);
    expect(waits).toEqual([500, 1_000, 9_000]);
  });

  it("throws what the hub refuses", async () => {
    const { client } = wire([problem(403, "FL4003"), connection(["data: {}\n\n"]), connection(["data: no JSON\n\n"])]);
    await expect(take(client.activity.watch(), 1)).rejects.toMatchObject({ code: "FL4003" });
    await expect(take(client.activity.watch(), 1)).rejects.toMatchObject({ code: "FL4011", message: expect.stringContaining("activity.watch") });
    await expect(take(client.activity.watch(), 1)).rejects.toMatchObject({ code: "FL4011" });
  });

  it("ends without an error when its signal says so", async () => {
    const stop = new AbortController();
    const { client } = wire([connection([event(1)]), connection([event(2)])]);
    const cursors: string[] = [];
    for await (const { cursor } of client.activity.watch({}, { signal: stop.signal })) {
      cursors.push(cursor);
      if (cursor === "2") stop.abort();
    }
    expect(cursors).toEqual(["1", "2"]);
  });

  it("lets go of the connection when the loop is left", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(event(1))),
      cancel: () => {
        cancelled = true;
      },
    });
    const { client } = wire([new Response(body)]);
    await take(client.activity.watch(), 1);
    await expect.poll(() => cancelled).toBe(true);
  });

  it("renews the session as a call does", async () => {
    const session = { name: "ann", role: "user", session: "s", accessToken: "b", accessExpiresAtMs: 9e9, refreshToken: "r2", expiresAtMs: 9e9 };
    const { client, seen } = wire([problem(401, "FL4002"), json(session), connection([event(1)])], {
      tokens: { accessToken: "a", refreshToken: "r" },
      now: () => 0,
    });
    await take(client.activity.watch(), 1);
    expect(seen.map(({ path, headers }) => `${path} ${headers.authorization}`)).toEqual([
      "/api/activity Bearer a",
      "/api/auth/refresh undefined",
      "/api/activity Bearer b",
    ]);
  });
});
