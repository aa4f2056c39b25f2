import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hubClient } from "@fogline/cli";
import { listNodes } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type Docker, startDocker } from "../images/testing/docker.ts";
import { type AgentProcess, startAgentService } from "../system/testing/agent.ts";
import { eventually } from "../system/testing/eventually.ts";
import { type Fog, serviceNames } from "../system/testing/fog.ts";
import { makeDataFolder, removeDataFolder } from "../system/testing/hub.ts";
import { fogScenarios } from "../system/testing/scenarios.ts";
import { taskLoad } from "../system/testing/task-load.ts";
import { giveStandIns, standIns } from "./testing/stand-ins.ts";

// `npm run compose` as a person calls it, against a Docker of its own. PostgreSQL and NATS are programs of this machine under the names of images.

const containers = [...serviceNames, "postgres"] as const;
type ContainerName = (typeof containers)[number];

let docker: Docker;
let fog: Fog;
const local = mkdtempSync(join(tmpdir(), "fogline-compose-"));

/** What `npm run compose` does, with the same arguments; what it printed. */
const compose = (...args: string[]): string => {
  const env = { PATH: process.env.PATH, HOME: local, ...docker.environment, ...standIns, FOGLINE_LOCAL: local };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/compose.ts"), ...args], { cwd: root, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm run compose -- ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
};
const idOf = (name: ContainerName): Promise<string> =>
  docker.output("ps", "--no-trunc", "--quiet", "--filter", `label=com.docker.compose.service=${name}`);
const inspect = async (name: ContainerName, format: string): Promise<string> => docker.output("inspect", "--format", format, await idOf(name));
/** Ends the container's process without a word, as a crash does; Docker starts it again. A `docker kill` would be taken for a wish. */
const crash = async (name: ContainerName): Promise<void> => {
  const before = Number(await inspect(name, "{{.RestartCount}}"));
  process.kill(Number(await inspect(name, "{{.State.Pid}}")), "SIGKILL");
  await eventually(`docker has started ${name} again`, async () => Number(await inspect(name, "{{.RestartCount}}")) > before);
};

beforeAll(async () => {
  docker = await startDocker({ network: "bridge" });
  giveStandIns(docker.environment.DOCKER_HOST);
  compose();
  const token = readFileSync(join(local, "data/admin.token"), "utf8").trim();
  const url = readFileSync(join(local, "data/hub.url"), "utf8").trim();
  fog = { url, token, client: hubClient({ url, token }), agentPort: 8091, end: async () => undefined };
});
afterAll(async () => {
  try {
    compose("down", "--volumes");
  } finally {
    await docker?.stop();
    rmSync(local, { recursive: true, force: true });
  }
});

describe("the hub in containers", () => {
  fogScenarios(() => fog);
});

describe("its containers", () => {
  it("are what they were when it is started again, with the same passwords", async () => {
    const ids = async () => Promise.all(containers.map(idOf));
    const [before, password] = [await ids(), readFileSync(join(local, "secrets/postgres-password"), "utf8")];
    compose();
    expect(await ids()).toEqual(before);
    expect(readFileSync(join(local, "secrets/postgres-password"), "utf8")).toBe(password);
  });

  it("show no secret to who may look at them, run as nobody, and cannot write to their root", async () => {
    const secrets = ["gateway.json", "nats.conf", "databases.sql", "postgres-password"].flatMap((file) =>
      [...readFileSync(join(local, "secrets", file), "utf8").matchAll(/[0-9A-Za-z_-]{43,}/g)].map(([secret]) => secret),
    );
    expect(secrets.length).toBeGreaterThan(5);
    const seen = compose("config") + (await Promise.all(containers.map((name) => inspect(name, "{{json .}}")))).join("");
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
    for (const name of ["gateway", "orchestrator", "scheduler", "policy"] as const) {
      expect([name, await inspect(name, "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}")]).toEqual([
        name,
        "65532:65532 true [ALL]",
      ]);
    }
  });

  it("reach each other and not the world, but for the gateway", async () => {
    const networks = await inspect("orchestrator", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}");
    expect(networks.trim()).toBe("fogline_inside");
    expect(await docker.output("network", "inspect", "--format", "{{.Internal}}", "fogline_inside")).toBe("true");
    expect(await docker.output("ps", "--format", "{{.Ports}}", "--filter", "publish=1-65535")).toBe(
      "127.0.0.1:3000->3000/tcp, 127.0.0.1:8091->8091/tcp, 9464/tcp",
    );
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

  it.each(containers)("comes back: %s, with every task that was acknowledged", async (name) => {
    load.submit(10);
    await crash(name);
    load.submit(10);
    load.expectWhole(await load.ended());
    await allOnline();
  });
});

describe("a stop of all", () => {
  it("ends every container in order", async () => {
    const ids = await Promise.all(containers.map(idOf));
    compose("stop");
    for (const [index, id] of ids.entries()) {
      expect([containers[index], await docker.output("inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", id)]).toEqual([
        containers[index],
        "0 false",
      ]);
    }
  });
});
