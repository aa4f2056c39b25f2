import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listNodes, type NodeRecord } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/testing/eventually.ts";
import type { HubProcess } from "../system/testing/hub.ts";
import { hubFleet, startHub } from "./testing/hub.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { startTargets, type Targets } from "./testing/targets.ts";

// `fogline device upgrade` as a person types it, over two machines of two rings with agents at a real hub.

const fleetOf = (hardware: "laptop" | "server"): string =>
  hubFleet(
    `  box-1: { site: bench, hardware: ${hardware}, ring: early, address: 10.7.1.2 }
  box-2: { site: bench, hardware: ${hardware}, ring: all, address: 10.7.1.3 }`,
    { rings: "{ early: { soak: 2s }, all: {} }" },
  );

let place: string;
let targets: Targets;
let operator: Operator;
let hub: HubProcess;

const upgrade = (...args: readonly string[]) => operator.fogline("device", "upgrade", "all", "--only", "k3s", ...args);
const agentOf = (device: string, verb: "start" | "stop"): string => targets.get(device).ask(`systemctl ${verb} fogline-agent.service`);
const becomes = (device: string, wanted: (status: NodeRecord["status"]) => boolean) =>
  eventually(`the hub has ${device} so`, async () =>
    (await hub.client.call(listNodes, {})).nodes.some(({ id, status }) => id === device && wanted(status)),
  );
/** The machines that the last run began with. */
const begunWith = (): string[] => {
  const folder = join(operator.repository, ".fogline/upgrades");
  const last = readdirSync(folder).toSorted().at(-1) ?? "";
  return ["box-1", "box-2"].filter((device) => existsSync(join(folder, last, `${device}.log`)));
};

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "fogline-upgrade-hub-"));
  targets = await startTargets([
    { name: "box-1", address: "10.7.1.2" },
    { name: "box-2", address: "10.7.1.3" },
  ]);
  operator = await startOperator(place, fleetOf("laptop"), targets);
  hub = await startHub(operator);
  const said = await operator.fogline("bootstrap", "all", "--only", "agent", "--yes");
  expect(said.code, said.stdout + said.stderr).toBe(0);
  for (const device of ["box-1", "box-2"]) await becomes(device, (status) => status === "online");
  // A laptop is upgraded by whoever it belongs to; a server has more cores than a target, and is not set up as one.
  writeFileSync(join(operator.repository, "clusters/fleet.yaml"), fleetOf("server"));
  expect((await operator.fogline("render")).code).toBe(0);
});
afterAll(async () => {
  await hub?.end();
  operator?.stop();
  await targets?.stop();
  rmSync(place, { recursive: true, force: true });
});

describe("an upgrade of machines with an agent", () => {
  it("says in its plan how long a ring soaks, and nothing of the hub where all of them are online", async () => {
    const { code, stdout } = await upgrade();
    expect(code).toBe(0);
    expect(stdout).toContain("soak    ring early must have been well for 2s before all begins");
    expect(stdout).not.toMatch(/^hub/m);
  });

  it("comes to its end where each is online afterwards, ring by ring", async () => {
    const done = await upgrade("--yes");
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expect(done.stdout).toMatch(/box-1 {2}\.\.\.\nring early soaks for 2s.*\nbox-2 {2}\.\.\.\n2 upgraded/);
  });

  it("ends with the machine whose agent does not come back, and leaves the others as they are", async () => {
    agentOf("box-1", "stop");
    await becomes("box-1", (status) => status === "offline");
    const failed = await upgrade("--yes", "--hub-wait", "2s");
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/hub +box-1 is away already, and must be online afterwards/);
    expect(failed.stdout).toMatch(/box-1 +FL4191 {2}error {2}box-1: it was given back, and its agent is not online at the hub after 2s/);
    expect(begunWith()).toEqual(["box-1"]);
    agentOf("box-1", "start");
    await becomes("box-1", (status) => status === "online");
  });

  it("does not go on to the next ring where an agent was lost while its ring soaked", async () => {
    const run = operator.start("device", "upgrade", "all", "--only", "k3s", "--yes", "--soak", "30s");
    await eventually("the soak begins", () => run.said().includes("ring early soaks for 30s"), 120_000);
    agentOf("box-1", "stop");
    const failed = await run.ended;
    expect(failed.stdout).toContain("FL4191  error  box-1: at the end of the soak of ring early its agent is not online at the hub");
    expect([failed.code, begunWith()]).toEqual([1, ["box-1"]]);
  });

  it("does not wait for a hub that nobody can ask, and says so before it begins", async () => {
    const { code, stdout } = await operator.fogline("--url", "http://127.0.0.1:9", "device", "upgrade", "all", "--only", "k3s");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^hub +is not asked whether agents come back: /m);
    expect((await upgrade("--hub-wait", "0s")).stdout).toContain("hub     is not asked whether agents come back: --hub-wait is 0s");
  });
});
