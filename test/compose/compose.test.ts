import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listNodes } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type AgentProcess, startAgentService } from "../system/testing/agent.ts";
import { eventually } from "../system/testing/eventually.ts";
import { makeDataFolder, removeDataFolder } from "../system/testing/hub.ts";
import { fogScenarios } from "../system/testing/scenarios.ts";
import { taskLoad } from "../system/testing/task-load.ts";
import { containerNames, crash, type HubInContainers, startHubInContainers } from "./testing/hub-in-containers.ts";
import { hasPrometheus } from "./testing/stand-ins.ts";

// `npm run compose` as a person calls it.

let fog: HubInContainers;
beforeAll(async () => {
  fog = await startHubInContainers();
});
afterAll(() => fog?.end());

describe("the hub in containers", () => {
  fogScenarios(() => fog);
});

describe("its containers", () => {
  it("are what they were when it is started again, with the same passwords", async () => {
    const ids = async () => Promise.all(containerNames.map(fog.idOf));
    const [before, password] = [await ids(), readFileSync(join(fog.local, "secrets/postgres-password"), "utf8")];
    fog.compose();
    expect(await ids()).toEqual(before);
    expect(readFileSync(join(fog.local, "secrets/postgres-password"), "utf8")).toBe(password);
  });

  it("are reached by the command line with what was laid down, which makes a link that signs in", () => {
    const main = join(root, "packages/cli/src/main.ts");
    const { status, stdout } = spawnSync(process.execPath, [main, "link", "--data", join(fog.local, "data")], { encoding: "utf8" });
    expect(stdout).toMatch(/^ {2}open {4}http:\/\/127\.0\.0\.1:3000\/#code=\S+$/m);
    expect(status).toBe(0);
  });

  it("show no secret to who may look at them, run as nobody, and cannot write to their root", async () => {
    const secrets = ["gateway.json", "nats.conf", "databases.sql", "postgres-password"].flatMap((file) =>
      [...readFileSync(join(fog.local, "secrets", file), "utf8").matchAll(/[0-9A-Za-z_-]{43,}/g)].map(([secret]) => secret),
    );
    expect(secrets.length).toBeGreaterThan(5);
    const seen = fog.compose("config") + (await Promise.all(containerNames.map((name) => fog.inspect(name, "{{json .}}")))).join("");
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
    for (const name of ["gateway", "orchestrator", "scheduler", "policy"] as const) {
      expect([name, await fog.inspect(name, "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}")]).toEqual([
        name,
        "65532:65532 true [ALL]",
      ]);
    }
  });

  it("reach each other and not the world, but for the gateway", async () => {
    const networks = await fog.inspect("orchestrator", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}");
    expect(networks.trim()).toBe("fogline_inside");
    expect(await fog.docker.output("network", "inspect", "--format", "{{.Internal}}", "fogline_inside")).toBe("true");
    expect(await fog.docker.output("ps", "--format", "{{.Ports}}", "--filter", "publish=1-65535")).toBe(
      "127.0.0.1:3000->3000/tcp, 127.0.0.1:8091->8091/tcp, 9464/tcp",
    );
  });
});

const note = hasPrometheus ? "" : " (skipped: no Prometheus; install the package prometheus)";
describe.skipIf(!hasPrometheus)(`the profile monitoring${note}`, () => {
  it("has a Prometheus that hears from every workload", async () => {
    fog.compose("--profile", "monitoring", "up", "--detach", "prometheus");
    // It publishes no port, so one that is in its network asks.
    const program = 'fetch("http://prometheus:9090/api/v1/query?query=up").then((answer) => answer.text()).then(console.log)';
    const gateway = await fog.idOf("gateway");
    const up = await eventually("all are up", async () => {
      const { stdout } = await fog.docker.run("exec", gateway, "/nodejs/bin/node", "--eval", program);
      const { data } = JSON.parse(stdout || "{}") as { data?: { result: { metric: { instance: string }; value: [number, string] }[] } };
      const heard = data?.result.filter(({ value }) => value[1] === "1").map(({ metric }) => metric.instance) ?? [];
      return heard.length === 4 && heard.toSorted();
    });
    expect(up).toEqual(["gateway:9464", "orchestrator:9464", "policy:9464", "scheduler:9464"]);
    fog.compose("rm", "--stop", "--force", "prometheus");
  });
});

describe("a container that is killed under load", () => {
  const nodes = ["pi-1", "pi-2", "pi-3"];
  const agents: AgentProcess[] = [];
  const agentsFolder = makeDataFolder();
  let load: ReturnType<typeof taskLoad>;
  const allOnline = () =>
    eventually(
      "every device is online",
      async () => {
        const online = await fog.client.call(listNodes, { status: "online" }).catch(() => ({ nodes: [] }));
        return nodes.every((id) => online.nodes.some((node) => node.id === id));
      },
      90_000,
    );
  beforeAll(async () => {
    load = taskLoad(fog);
    for (const nodeId of nodes)
      agents.push(await startAgentService({ nodeId, client: fog.client, agentPort: fog.agentPort, dataFolder: agentsFolder }));
    await allOnline();
  });
  afterAll(async () => {
    for (const agent of agents) await agent.end();
    load?.remove();
    removeDataFolder(agentsFolder);
  });

  it.each(containerNames)("comes back: %s, with every task that was acknowledged", async (name) => {
    load.submit(10);
    await crash(fog, name);
    load.submit(10);
    load.expectWhole(await load.ended());
    await allOnline();
  });
});

describe("a stop of all", () => {
  it("ends every container in order", async () => {
    const ids = await Promise.all(containerNames.map(fog.idOf));
    fog.compose("stop");
    for (const [index, id] of ids.entries()) {
      expect([containerNames[index], await fog.docker.output("inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", id)]).toEqual([
        containerNames[index],
        "0 false",
      ]);
    }
  });
});
