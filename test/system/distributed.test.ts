import { listNodes, listServices, nodeHistory } from "@fogline/contracts";
import { hasNats, natsNote } from "@fogline/nats/private-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentProcess, startAgentService } from "./testing/agent.ts";
import { eventually } from "./testing/eventually.ts";
import { serviceNames } from "./testing/fog.ts";
import { makeDataFolder, removeDataFolder } from "./testing/hub.ts";
import { type HubProcesses, hasPostgres, type Process, startHubProcesses } from "./testing/hub-processes.ts";
import { type TaskLoad, taskLoad } from "./testing/task-load.ts";

const nodes = ["pi-1", "pi-2", "pi-3"];
const settings = { scheduler: { TASKS_PER_NODE_MAX: "100", LOOP_MS: "500" } };

/** A fog of processes with three devices and a load, for the tests of one suite. */
const withFog = () => {
  const agents: AgentProcess[] = [];
  const agentsFolder = makeDataFolder();
  const parts = {} as { fog: HubProcesses; load: TaskLoad; agents: readonly AgentProcess[] };
  beforeAll(async () => {
    parts.fog = await startHubProcesses({ settings });
    parts.load = taskLoad(parts.fog);
    parts.agents = agents;
    const { client, agentPort } = parts.fog;
    for (const nodeId of nodes) agents.push(await startAgentService({ nodeId, client, agentPort, dataFolder: agentsFolder }));
    await allOnline(parts.fog);
  }, 120_000);
  afterAll(async () => {
    for (const agent of agents) await agent.end();
    await parts.fog?.end();
    parts.load?.remove();
    removeDataFolder(agentsFolder);
  });
  return parts;
};

const allOnline = ({ client }: HubProcesses): Promise<unknown> =>
  eventually("every device is online", async () => {
    const online = await client.call(listNodes, { status: "online" }).catch(() => ({ nodes: [] }));
    return nodes.every((id) => online.nodes.some((node) => node.id === id));
  });

/** How often a process has lost the server. */
const lossesIn = ({ output }: Process): number => output().split("the connection to the NATS server is lost").length - 1;

describe.skipIf(!hasNats)(`a hub of four processes that are killed under load${natsNote}`, () => {
  const parts = withFog();

  it.each(serviceNames)("recovers when %s is killed, with all its tasks and devices", async (service) => {
    const { fog, load } = parts;
    load.submit(10);
    await fog.restart(service);
    load.submit(10);
    await fog.restart(service);
    load.expectWhole(await load.ended());
    await allOnline(fog);
  });

  it("recovers when the server stays away until everybody has noticed and people are refused", async () => {
    const { fog, load } = parts;
    const before = new Map(Object.values(fog.processes).map((one) => [one.instance, lossesIn(one)]));
    load.submit(10);
    await fog.nats.kill();
    load.submit(10);
    const noticed = () => Object.values(fog.processes).every((one) => lossesIn(one) > (before.get(one.instance) ?? 0));
    await eventually("everybody has noticed", noticed);
    await eventually("people are refused", () =>
      fog.client.call(listNodes, {}).then(
        () => false,
        () => true,
      ),
    );
    await fog.nats.start();
    load.expectWhole(await load.ended());
    await allOnline(fog);
  });
});

const title = hasPostgres ? "" : " (skipped: no PostgreSQL; install the package postgresql)";

describe.skipIf(!hasNats || !hasPostgres)(`a hub on PostgreSQL and NATS${natsNote}${title}`, () => {
  describe("three orchestrators, two schedulers and two policy engines", () => {
    const parts = withFog();
    const leads = (output: string) => output.split('"msg":"this replica leads"').length - 1;

    it("have one that leads, and all in the list of services", async () => {
      const { fog } = parts;
      for (const name of ["orchestrator", "orchestrator", "scheduler", "policy"] as const) {
        const second = await fog.addReplica(name);
        expect(leads(second.output())).toBe(0);
      }
      await eventually("eight are registered", async () => (await fog.client.call(listServices, {})).services.length === 8);
    });

    it.each(["orchestrator", "scheduler", "policy"] as const)(
      "go on when the first %s is killed, and when it is back and the second is killed",
      async (name) => {
        const { fog, load } = parts;
        const [first, second] = [fog.processes[name], fog.replicasOf(name)[0]];
        load.submit(10);
        await first.kill();
        load.submit(10);
        load.expectWhole(await load.ended());
        await first.start();
        load.submit(10);
        await second?.kill();
        load.submit(10);
        load.expectWhole(await load.ended());
        await second?.start();
        await allOnline(fog);
      },
    );

    it("let an orchestrator that was held still write nothing when it goes on: it ends, and no device was ever offline", async () => {
      const { fog } = parts;
      const sinceMs = Date.now();
      const leader = [fog.processes.orchestrator, ...fog.replicasOf("orchestrator")].toSorted((a, b) => b.lastLedAtMs - a.lastLedAtMs)[0];
      const before = leader?.ends ?? 0;
      leader?.freeze();
      const others = [fog.processes.orchestrator, ...fog.replicasOf("orchestrator")].filter((one) => one !== leader);
      const led = others.map(({ output }) => leads(output()));
      await eventually("another leads", () => others.some(({ output }, index) => leads(output()) > (led[index] ?? 0)));
      leader?.thaw();
      await eventually("the former one has ended", () => (leader?.ends ?? 0) > before);
      await allOnline(fog);
      for (const id of nodes) {
        const { changes } = await fog.client.call(nodeHistory, { id, hours: 1 });
        expect(changes.filter(({ atMs, status }) => atMs >= sinceMs && status === "offline")).toEqual([]);
      }
    });
  });
});
