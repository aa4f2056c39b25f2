import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BenchOptions, verify } from "./bench.ts";
import { type Figure, latencies } from "./figures.ts";
import { ask, follow, type HubHttp } from "./hub-http.ts";
import { startHub, startNode, withFolder } from "./programs.ts";

const followers = 10;
const warmUp = 10;
const changes = 200;
/** Between two changes, so that each is measured alone and the gateway's limit of requests is not reached. */
const pauseMs = 20;

/** A server of Node alone: what is posted goes to everybody who follows. */
const bareServer = `import { createServer } from "node:http";
const followers = new Set();
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": open\\n\\n");
    followers.add(response);
    return;
  }
  let text = "";
  request.on("data", (chunk) => (text += chunk));
  request.on("end", () => {
    for (const follower of followers) follower.write("data: " + text + "\\n\\n");
    response.end("{}");
  });
});
server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port + " ready"));`;

interface Told {
  readonly hub: HubHttp;
  readonly path: string;
  /** Makes the change with this number. */
  change(number: number): Promise<unknown>;
  /** Whether a line of the feed is the change with this number. */
  isChange(data: string, number: number): boolean;
}

/** From the request that changes something to the change at the last of ten clients that follow. */
const measure = async (what: string, { hub, path, change, isChange }: Told): Promise<Figure[]> => {
  let current = 0;
  const arrivedMs: (number | undefined)[] = [];
  let last: PromiseWithResolvers<number> = Promise.withResolvers();
  let bytes = 0;
  const open = await Promise.all(
    Array.from({ length: followers }, (_, follower) =>
      follow(hub, path, (data, atMs) => {
        if (!isChange(data, current)) return;
        bytes = data.length;
        arrivedMs[follower] ??= atMs;
        if (Array.from(arrivedMs).every((value) => value !== undefined) && arrivedMs.length === followers) last.resolve(atMs);
      }),
    ),
  );
  const waits: number[] = [];
  for (let number = 1; number <= warmUp + changes; number += 1) {
    current = number;
    arrivedMs.length = 0;
    last = Promise.withResolvers();
    const started = performance.now();
    const [atMs] = await Promise.all([last.promise, change(number)]);
    if (number > warmUp) waits.push(atMs - started);
    await sleep(pauseMs);
  }
  for (const { close } of open) close();
  return [...latencies(`${what}, request to the last of ten`, "ms", waits), { what: `${what}, an event`, unit: "bytes", value: bytes }];
};

interface NodeChange {
  readonly name: string;
  readonly data: { readonly id: string; readonly node: { readonly draining: boolean; readonly version: number } | null };
}

/** A device is drained and taken back, again and again: a request, a commit with its outbox, the relay, the bus, the feed, HTTP. */
const overHub = (folder: string): Promise<Figure[]> =>
  (async () => {
    const hub = await startHub({ dataFolder: join(folder, "data") });
    try {
      const id = "hall-sensor";
      const figures = await measure("the hub's feed: commit, outbox, bus, HTTP", {
        hub,
        path: "/api/changes",
        change: async (number) => {
          const node = await ask<{ draining: boolean }>(hub, "POST", `/api/nodes/${id}/drain`, { draining: number % 2 === 1 });
          verify(node.draining === (number % 2 === 1), "the answer is not what was asked for");
        },
        isChange: (text, number) => {
          const { name, data } = JSON.parse(text) as NodeChange;
          return name === "nodes.changed" && data.id === id && data.node?.draining === (number % 2 === 1);
        },
      });
      return figures;
    } finally {
      await hub.end();
    }
  })();

const overBareServer = async (): Promise<Figure[]> => {
  const server = await startNode(bareServer);
  const url = /http:\S+/.exec(server.printed)?.[0] ?? "";
  const hub = { url, token: "none" };
  try {
    return await measure("compared: node:http alone, nothing stored", {
      hub,
      path: "/",
      change: (number) => ask(hub, "POST", "/", { number, padding: "x".repeat(1_000) }),
      isChange: (text, number) => (JSON.parse(text) as { number: number }).number === number,
    });
  } finally {
    await server.end();
  }
};

/** Events as another process sees them, on server-sent events. */
export const feedFigures = ({ say }: BenchOptions): Promise<Figure[]> =>
  withFolder(async (folder) => {
    say("the feed over HTTP");
    return [...(await overHub(folder)), ...(await overBareServer())];
  });
