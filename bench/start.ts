import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, type BenchOptions, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { makeFleet } from "./fleets.ts";
import { ask } from "./hub-http.ts";
import { childOf, memoryFigures, processorMs } from "./process-facts.ts";
import { type HubProgram, type HubProgramOptions, type Program, startHub, startNode, withFolder } from "./programs.ts";

const bareNode = `setInterval(() => {}, 1e6); console.log("ready")`;
const fastifyHello = `import fastify from "fastify";
const app = fastify();
app.get("/", () => ({ hello: "world" }));
await app.listen({ host: "127.0.0.1", port: 0 });
console.log("ready");`;

const ms = (what: string, value: number): Figure => ({ what, unit: "ms", value });

/** The ids of all nodes that are online, page by page. */
const onlineNodes = async (hub: HubProgram): Promise<string[]> => {
  const ids: string[] = [];
  for (let after = ""; ; ) {
    const page = await ask<{ nodes: { id: string }[]; next: string | null }>(hub, "GET", `/api/nodes?status=online${after}`);
    ids.push(...page.nodes.map(({ id }) => id));
    if (page.next === null) return ids;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
};

/** Every device is online and the newest commit runs, asked from outside. */
const verifyHub = async (hub: HubProgram, repository: string, devices: number): Promise<void> => {
  verify(hub.online === devices && hub.declared === devices, `${hub.online} of ${hub.declared} devices are online, ${devices} exist`);
  const listed = (await onlineNodes(hub)).length;
  verify(listed === devices, `the hub lists ${listed} nodes that are online, ${devices} exist`);
  const { appliedRevision } = await ask<{ appliedRevision: string }>(hub, "GET", "/api/gitops");
  const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: repository, encoding: "utf8" }).trim();
  verify(appliedRevision === head, `revision ${appliedRevision} runs and ${head} is committed`);
};

const ended = async (program: Program): Promise<number> => {
  await program.end();
  return program.readyMs;
};

/** Starts a hub, looks at its answers, does what is asked and ends it. Answers how long it took to get ready, and what that cost. */
const timed = async (
  what: string,
  options: HubProgramOptions & { repository: string },
  devices: number,
  during: (hub: HubProgram) => Promise<void> = async () => undefined,
): Promise<Figure[]> => {
  const hub = await startHub(options);
  const usedMs = processorMs(hub.pid);
  try {
    await verifyHub(hub, options.repository, devices);
    await during(hub);
  } finally {
    await hub.end();
  }
  return [ms(what, hub.readyMs), ms(`${what}: processor time of the hub`, usedMs)];
};

const starts = (folder: string, repository: string, devices: number): Promise<Figure[]> => {
  const hub = { dataFolder: join(folder, "data"), compileCache: join(folder, "compiled"), repository };
  const cached = { NODE_COMPILE_CACHE: join(folder, "compiled-hello") };
  const none = ["--no-simulate", "--no-agent"];
  return (async () => [
    ...(await timed("fogline up, first start (empty data folder and compile cache)", hub, devices)),
    ...(await timed("fogline up, later start", hub, devices)),
    ...(await timed("fogline up without devices, later start", { ...hub, args: none }, 0)),
    ms("compared: bare node", await ended(await startNode(bareNode))),
    ms("compared: node and a fastify hello, first start", await ended(await startNode(fastifyHello, cached))),
    ms("compared: node and a fastify hello, later start", await ended(await startNode(fastifyHello, cached))),
  ])();
};

const hubMemory = async (folder: string, repository: string, simulated: number, { settleMs, windowMs, say }: BenchOptions): Promise<Figure[]> => {
  const options = { dataFolder: join(folder, `data-${simulated}`), repository };
  const figures: Figure[] = [];
  const started = await timed(`fogline up with ${simulated} simulated devices, empty data folder`, options, simulated + 1, async (hub) => {
    say(`memory with ${simulated} devices`);
    await sleep(settleMs);
    const what = `with ${simulated} simulated devices`;
    const processes = {
      [`hub ${what}`]: hub.pid,
      [`agent of this machine ${what}`]: childOf(hub.pid, /agent/),
      [`simulation ${what}`]: childOf(hub.pid, /simulation/),
    };
    figures.push(...(await memoryFigures(processes, windowMs)));
  });
  return [...(simulated > 8 ? started : []), ...figures];
};

const memoryOfCompared = async ({ settleMs, windowMs }: BenchOptions): Promise<Figure[]> => {
  const [bare, hello] = [await startNode(bareNode), await startNode(fastifyHello)];
  await sleep(settleMs);
  const figures = await memoryFigures({ "compared: bare node": bare.pid, "compared: node and a fastify hello": hello.pid }, windowMs);
  await Promise.all([bare.end(), hello.end()]);
  return figures;
};

/** Start to the ready line, and what the processes hold afterwards. */
export const start: Bench = {
  about: "start to the ready line (all devices online), memory of the hub with 8 and with 200 simulated devices",
  run: (options) =>
    withFolder(async (folder) => {
      const [small, large] = [join(folder, "fleet-8"), join(folder, "fleet-200")];
      makeFleet(small, 8);
      makeFleet(large, 200);
      options.say("starts");
      return [
        ...(await starts(folder, small, 9)),
        ...(await hubMemory(folder, small, 8, options)),
        ...(await hubMemory(folder, large, 200, options)),
        ...(await memoryOfCompared(options)),
      ];
    }),
};
