import {
  createUser,
  type DeviceState,
  drainNode,
  failureOf,
  type GitOpsStatus,
  getGitOps,
  gitOpsChanged,
  linkUser,
  listMoves,
  listNodes,
  listTasks,
  type NodeRecord,
  nodeChanged,
  nodeHistory,
  nodeLogs,
  nodeSampled,
  type TaskRecord,
  taskChanged,
  utilisation,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type GatewaySchema, gatewayConfig, start } from "@fogline/gateway";
import { inProcessBus } from "@fogline/in-process";
import { type Client, createClient, handle, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { systemClock as clock, systemRandom as random } from "@fogline/system";
import { buildDashboard } from "../../scripts/dashboard.ts";
import { historyOf, logOf, movesOf, utilisationOf } from "./histories.ts";
import { fleetOf, gitOpsOf, tasksOf } from "./records.ts";

/** Who opens the pages in these tests. */
const people = {
  "admin-token": { name: "ada", role: "admin" },
  "user-token": { name: "uwe", role: "user" },
} as const;

export type Token = keyof typeof people;

/** Links made for each of them beforehand, so that a test need not wait for one; each signs in once. */
const linksEach = 4;

export interface World {
  readonly nodes: Map<string, NodeRecord>;
  readonly tasks: Map<string, TaskRecord>;
  gitops: GitOpsStatus;
}

/** The real gateway with the real pages, over services that answer from hand-made records. */
export const openHub = async (change: (world: World, nowMs: number) => void = () => {}) => {
  const { folder: assets } = await buildDashboard();
  const nowMs = clock.now();
  const world: World = {
    nodes: new Map(fleetOf(nowMs).map((node) => [node.id, node])),
    tasks: new Map(tasksOf(nowMs).map((task) => [task.id, task])),
    gitops: gitOpsOf(nowMs),
  };
  change(world, nowMs);
  const bus = inProcessBus({ clock, random });
  const client = createClient(bus, { clock, random, source: "test" });

  const setNode = async (id: string, facts: Partial<NodeRecord>): Promise<NodeRecord | undefined> => {
    const before = world.nodes.get(id);
    if (before === undefined) return undefined;
    const node = { ...before, ...facts, version: before.version + 1 };
    world.nodes.set(id, node);
    await client.publish(nodeChanged, { id, node });
    return node;
  };
  const services = await serve(
    bus,
    [
      handle(listNodes, async ({ limit, after }) => {
        const all = [...world.nodes.values()];
        const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
        const nodes = all.slice(from, from + limit);
        return ok({ nodes, next: from + limit < all.length ? (nodes.at(-1)?.id ?? null) : null });
      }),
      handle(listTasks, async ({ status, limit, after }) => {
        const all = [...world.tasks.values()].filter((task) => status === undefined || task.status === status);
        const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
        const tasks = all.slice(from, from + limit);
        return ok({ tasks, next: from + limit < all.length ? (tasks.at(-1)?.id ?? null) : null });
      }),
      handle(utilisation, async ({ hours, limit, after }) => {
        const { hoursMs, nodes: all } = utilisationOf([...world.nodes.values()], clock.now(), hours);
        const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
        const nodes = all.slice(from, from + limit);
        return ok({ hoursMs, nodes, next: from + limit < all.length ? (nodes.at(-1)?.id ?? null) : null });
      }),
      handle(listMoves, async ({ sinceMs = 0 }) => ok({ moves: movesOf(clock.now()).filter(({ atMs }) => atMs >= sinceMs), nextBeforeMs: null })),
      handle(nodeHistory, async ({ id, hours }) =>
        world.nodes.has(id) ? ok(historyOf(clock.now(), hours)) : fail(failureOf(nodeHistory, "notFound", { id })),
      ),
      handle(nodeLogs, async ({ id }) => {
        const node = world.nodes.get(id);
        if (node === undefined) return fail(failureOf(nodeLogs, "notFound", { id }));
        return ok(node.status === "online" ? { text: logOf(id), unavailable: null } : { text: "", unavailable: `${id} is ${node.status}` });
      }),
      handle(getGitOps, async () => ok(world.gitops)),
      handle(drainNode, async ({ id, draining }) => {
        const node = await setNode(id, { draining });
        return node === undefined ? fail(failureOf(drainNode, "notFound", { id })) : ok(node);
      }),
    ],
    { clock, random, source: "test" },
  );
  const database = openSqlite<GatewaySchema>(":memory:");
  const secrets = { rootKey: random.bytes(32), adminToken: () => "admin-token" };
  const open = (httpPort: number) =>
    start(gatewayConfig.parse({ httpPort, agentPort: 0, logLevel: "silent" }), { bus, clock, random, database, secrets, assets });
  let gateway = await open(0);
  const port = gateway.httpPort;
  const codes = await codesOf(client);
  return {
    url: `http://127.0.0.1:${port}`,
    /** Signs in as somebody, once. */
    link: (token: Token = "admin-token"): string => {
      const code = codes.get(token)?.pop();
      if (code === undefined) throw new Error(`${linksEach} links of ${token} were opened, and no more were made`);
      return `http://127.0.0.1:${port}/#code=${code}`;
    },
    client,
    world,
    setNode,
    /** Tells of a node without listing it from then on: an answer of the bus does not hold a thousand. */
    announce: (node: NodeRecord) => client.publish(nodeChanged, { id: node.id, node }),
    removeNode: async (id: string) => {
      world.nodes.delete(id);
      await client.publish(nodeChanged, { id, node: null });
    },
    sample: (id: string, state: DeviceState) => client.publish(nodeSampled, { id, state }),
    setTask: async (task: TaskRecord) => {
      world.tasks.set(task.id, task);
      await client.publish(taskChanged, { task });
    },
    setGitOps: async (facts: Partial<GitOpsStatus>) => {
      world.gitops = { ...world.gitops, ...facts };
      await client.publish(gitOpsChanged, world.gitops);
    },
    /** As if the hub had been killed: nobody answers at its address. */
    vanish: () => gateway.stop("the test says so"),
    comeBack: async () => {
      gateway = await open(port);
    },
    close: async () => {
      await gateway.stop("the test is over");
      await services.stop();
      await bus.close();
      await database.close();
    },
  };
};

/** Lets the people of the tests in, and gives codes of their links. */
const codesOf = async (client: Client): Promise<Map<string, string[]>> => {
  const codes = new Map<string, string[]>();
  for (const [token, { name, role }] of Object.entries(people)) {
    const user = await client.call(createUser, { name, role });
    if (!user.ok) throw new Error(user.failure.message);
    codes.set(token, [user.value.link.code]);
    while ((codes.get(token)?.length ?? 0) < linksEach) {
      const link = await client.call(linkUser, { name });
      if (!link.ok) throw new Error(link.failure.message);
      codes.get(token)?.push(link.value.code);
    }
  }
  return codes;
};

export type TestHub = Awaited<ReturnType<typeof openHub>>;
