import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEnrolment, listCertificates, listEnrolments, listNodes } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/testing/eventually.ts";
import type { HubProcess } from "../system/testing/hub.ts";
import { hubFleet, startHub } from "./testing/hub.ts";
import { hostProcessOf, makeMemoryGroup } from "./testing/memory-group.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { watchProcesses } from "./testing/process-watch.ts";
import { explainedSkips } from "./testing/skipped.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

// The agent alone on a machine, as a service, at a real hub in the network of the targets.

const fleet = hubFleet(`  pc-1: { site: bench, hardware: laptop, address: 10.7.1.2 }`);

const memoryBytesMax = 50 * 1024 ** 2;
const unit = "fogline-agent.service";

let place: string;
let targets: Targets;
let pc: Target;
let operator: Operator;
let hub: HubProcess;

const online = () =>
  eventually("pc-1 is online", async () =>
    (await hub.client.call(listNodes, {})).nodes.some(({ id, status }) => id === "pc-1" && status === "online"),
  );
/** Names of tasks of the role that any run skipped. */
const skipped = new Set<string>();
interface Told {
  readonly outcome?: string;
  readonly role: string;
  readonly task: string;
}
const told = (): readonly Told[] => operator.events("pc-1").map((line) => JSON.parse(line) as Told);
const run = async (...args: readonly string[]) => {
  const said = await operator.fogline("bootstrap", "pc-1", "--only", "agent", ...args);
  for (const { role, task, outcome } of told()) if (role === "agent" && outcome === "skipped") skipped.add(task);
  return said;
};
const setUp = () => run("--yes");
const changed = (): string[] => told().flatMap(({ task, outcome }) => (outcome === "changed" ? [task] : []));
const mainProcess = (): string => pc.ask(`systemctl show --property MainPID --value ${unit}`).trim();

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "fogline-agent-alone-"));
  targets = await startTargets([{ name: "pc-1", address: "10.7.1.2" }]);
  pc = targets.get("pc-1");
  operator = await startOperator(place, fleet, targets);
  hub = await startHub(operator);
});
afterAll(async () => {
  await hub?.end();
  operator?.stop();
  await targets?.stop();
  rmSync(place, { recursive: true, force: true });
});

describe("the agent as a service of a machine", () => {
  it("is shown and not laid in check mode, and uses no token", async () => {
    const said = await run("--check");
    expect([said.code, said.stderr]).toEqual([0, ""]);
    expect(pc.read(`/etc/systemd/system/${unit}`)).toBeUndefined();
    expect((await hub.client.call(listEnrolments, {})).enrolments).toEqual([]);
  });

  it("enrols with one token, which is nowhere afterwards, and is online", async () => {
    const token = /fle_[A-Za-z0-9_-]{20}/;
    const watch = watchProcesses(token);
    expect((await setUp()).code).toBe(0);
    const { found, looks } = watch.end();
    expect(found).toEqual([]);
    expect(looks).toBeGreaterThan(10);
    await online();
    const { enrolments } = await hub.client.call(listEnrolments, {});
    expect(enrolments.map(({ node, usedAtMs }) => [node, usedAtMs !== null])).toEqual([["pc-1", true]]);
    expect(pc.ask("find / -xdev -name enrolment.token -not -path '/proc/*'")).toBe("");
    expect(operator.leftBehind()).not.toMatch(token);
  });

  it("changes nothing the second time, asks for no token, and leaves the process alone", async () => {
    const before = mainProcess();
    expect((await setUp()).code).toBe(0);
    expect(changed()).toEqual([]);
    expect(mainProcess()).toBe(before);
    expect((await hub.client.call(listEnrolments, {})).enrolments).toHaveLength(1);
    expect((await hub.client.call(listCertificates, { id: "pc-1" })).certificates).toHaveLength(1);
  });

  it("has a unit without a fault, and is exposed as little as the score says", () => {
    const verified = pc.run(`systemd-analyze verify ${unit}`);
    expect([verified.code, verified.stderr]).toEqual([0, ""]);
    const [, score] = /Overall exposure level for fogline-agent\.service: (\d\.\d)/.exec(pc.ask(`systemd-analyze security --no-pager ${unit}`)) ?? [];
    expect(Number(score)).toBeLessThanOrEqual(1.6);
    const set = Object.fromEntries(
      pc
        .ask(`systemctl show ${unit}`)
        .split("\n")
        .map((line) => line.split(/=(.*)/)),
    );
    expect(set).toMatchObject({
      MemoryMax: String(memoryBytesMax),
      ProtectSystem: "strict",
      Restart: "always",
      NoNewPrivileges: "yes",
      WatchdogUSec: "3min",
      User: "fogline-agent",
    });
  });

  it("works within its memory, held to it by the kernel from its first moment on", async () => {
    // The container has no memory controller of its own: its first process is put into a limited group while it starts the service, and taken out again.
    const group = makeMemoryGroup("agent", pc.leader(), memoryBytesMax);
    try {
      pc.ask(`systemctl stop ${unit}`);
      group.enter();
      pc.ask(`systemctl start ${unit}`);
      group.leave();
      await online();
      expect(group.members()).toContain(hostProcessOf(pc.leader(), Number(mainProcess())));
      expect(group.failures()).toBe(0);
      expect(group.mostBytes()).toBeLessThanOrEqual(memoryBytesMax);
    } finally {
      group.remove();
    }
  });

  it("tells the watchdog that it works, and is started anew when it stops saying so", async () => {
    pc.ask(
      `mkdir -p /run/systemd/system/${unit}.d && printf '[Service]\\nWatchdogSec=6\\n' > /run/systemd/system/${unit}.d/fast.conf && systemctl daemon-reload && systemctl restart ${unit}`,
    );
    const before = mainProcess();
    const saidAt = () => Number(pc.ask(`systemctl show --property WatchdogTimestampMonotonic --value ${unit}`));
    const first = saidAt();
    await eventually("it tells the watchdog", () => saidAt() > first);
    expect(mainProcess()).toBe(before);
    pc.ask(`kill -STOP ${before}`);
    await eventually("systemd starts it anew", () => ![before, "0"].includes(mainProcess()), 60_000);
    pc.ask(`rm -r /run/systemd/system/${unit}.d && systemctl daemon-reload && systemctl restart ${unit}`);
    await online();
  });

  it("comes back after SIGKILL and after a boot, without a token", async () => {
    const before = mainProcess();
    pc.ask(`kill -KILL ${before}`);
    await eventually("systemd starts it anew", () => ![before, "0"].includes(mainProcess()), 60_000);
    await online();
    await pc.kill();
    await eventually(
      "the hub has lost it",
      async () => (await hub.client.call(listNodes, {})).nodes.every(({ status }) => status !== "online"),
      60_000,
    );
    await pc.start();
    await online();
    expect((await hub.client.call(listEnrolments, {})).enrolments).toHaveLength(1);
  });

  it("is repaired where a file of it is damaged, and started anew only then", async () => {
    const before = mainProcess();
    pc.ask("echo damaged >> /usr/lib/fogline/agent.mjs");
    expect((await setUp()).code).toBe(0);
    expect(changed()).toEqual(["Lay the agent"]);
    expect(mainProcess()).toBe(before);
    pc.ask("rm /usr/lib/fogline/node && echo half > /usr/lib/fogline/node");
    expect((await setUp()).code).toBe(0);
    expect(changed()).toEqual(["Make room for Node", "Unpack Node", "Move Node to its place", "Leave no room behind"]);
    expect(pc.run("/usr/lib/fogline/node --version").stdout).toMatch(/^v24\./);
  });

  it("skips no task that test/README.md does not explain, and each that it explains", () => {
    expect([...skipped].toSorted()).toEqual(explainedSkips("agent"));
  });

  it("names a token that the hub refuses, and is set up by the next run", async () => {
    pc.ask(`systemctl stop ${unit} && rm -f /var/lib/fogline/*`);
    // Somebody makes another token while this one is on its way: what the machine gets is worthless.
    const { token } = await hub.client.call(createEnrolment, { id: "pc-1" });
    await hub.client.call(createEnrolment, { id: "pc-1" });
    pc.ask(`mkdir -p /etc/fogline && printf '%s\\n' '${token}' > /etc/fogline/enrolment.token`);
    const refused = await operator.fogline("--url", "http://127.0.0.1:9", "bootstrap", "pc-1", "--yes", "--only", "agent");
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("FL4087  error  the hub refused the token of pc-1");
    expect(refused.stdout).toContain("fix: Run `fogline bootstrap` again, which makes a new token");
    expect((await operator.fogline("bootstrap", "--resume", "--yes")).code).toBe(0);
    await online();
  });
});
