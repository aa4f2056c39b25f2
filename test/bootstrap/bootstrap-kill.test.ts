import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listCertificates, listEnrolments, listNodes } from "@fogline/contracts";
import { seededRandom } from "@fogline/fakes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/testing/eventually.ts";
import type { HubProcess } from "../system/testing/hub.ts";
import { hubFleet, startHub } from "./testing/hub.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

// A bootstrap that is killed at twenty points of a real run over real SSH, and run again each time.

const fleet = hubFleet(`  pc-1: { site: bench, hardware: laptop, address: 10.7.1.1 }
  pc-2: { site: bench, hardware: laptop, address: 10.7.1.2 }`);

/** FOGLINE_SEED tries other points. */
const seed = Number(process.env.FOGLINE_SEED ?? 20_261_126);
/** Fewer where the machine is busy with other things: FOGLINE_KILLS. */
const kills = Number(process.env.FOGLINE_KILLS ?? 20);
const killsTimeoutMs = 1_500_000;

let place: string;
let targets: Targets;
let killed: Target;
let operator: Operator;
let hub: HubProcess;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "fogline-bootstrap-kill-"));
  targets = await startTargets([
    { name: "pc-1", address: "10.7.1.1" },
    { name: "pc-2", address: "10.7.1.2" },
  ]);
  killed = targets.get("pc-2");
  operator = await startOperator(place, fleet, targets);
  hub = await startHub(operator);
});
afterAll(async () => {
  await hub?.end();
  operator?.stop();
  await targets?.stop();
  rmSync(place, { recursive: true, force: true });
});

const folder = (): string => join(operator.repository, ".fogline/bootstrap");
const eventsFiles = (device: string): string[] =>
  readdirSync(folder(), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(`/${device}.events`));
const groupOf = (device: string): number => {
  const state = JSON.parse(readFileSync(join(folder(), "state.json"), "utf8")) as { devices: Record<string, { group?: { pid: number } }> };
  return state.devices[device]?.group?.pid ?? 0;
};
const kill = (processId: number): void => {
  try {
    process.kill(processId, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
};

/** Starts a run and kills it once so many events were told; answers false for a run that came to its end before. */
const killAt = async (events: number, children: boolean): Promise<boolean> => {
  const before = new Set(eventsFiles("pc-2"));
  const { processId, ended } = operator.start("bootstrap", "pc-2", "--yes");
  let over = false;
  void ended.then(() => {
    over = true;
  });
  await eventually(
    `event ${events}`,
    () => {
      const file = eventsFiles("pc-2").find((path) => !before.has(path));
      return over || (file !== undefined && readFileSync(join(folder(), file), "utf8").split("\n").length > events);
    },
    240_000,
  );
  if (over) return false;
  const group = groupOf("pc-2");
  kill(processId);
  // Group 0 would be this process's own.
  expect(group).toBeGreaterThan(1);
  if (children) kill(-group);
  await ended;
  return true;
};

describe("a bootstrap that is killed", () => {
  it(
    "at twenty points of its run is completed by the next one, and nothing happened twice that must not",
    async () => {
      // How many events a whole run has, told by another machine.
      expect((await operator.fogline("bootstrap", "pc-1", "--yes")).code).toBe(0);
      const whole = operator.events("pc-1").length;
      const hostKeys = killed.ask("cat /etc/ssh/ssh_host_*_key.pub");
      const random = seededRandom(seed);
      const points = Array.from({ length: kills }, (_, index) => Math.floor(((index + random.unit()) * whole) / kills));
      let hits = 0;
      // Ascending: each run goes quickly over what those before have done, and is killed in what is done for the first time.
      for (const [index, point] of points.entries()) hits += (await killAt(point, index % 2 === 0)) ? 1 : 0;
      expect(hits).toBeGreaterThanOrEqual(kills - 1);
      const completed = await operator.fogline("bootstrap", "pc-2", "--yes");
      expect(completed.code, completed.stdout).toBe(0);
      const again = await operator.fogline("bootstrap", "pc-2", "--yes");
      expect(again.stdout).toContain("1 of 1 device set up, 0 tasks changed");
      await eventually("pc-2 is online", async () =>
        (await hub.client.call(listNodes, {})).nodes.some(({ id, status }) => id === "pc-2" && status === "online"),
      );
      // Tokens that were made for a killed run are worthless; one was used, for one certificate.
      const used = (await hub.client.call(listEnrolments, {})).enrolments.filter(({ node, usedAtMs }) => node === "pc-2" && usedAtMs !== null);
      expect(used).toHaveLength(1);
      expect((await hub.client.call(listCertificates, { id: "pc-2" })).certificates).toHaveLength(1);
      expect(killed.ask("cat /etc/ssh/ssh_host_*_key.pub")).toBe(hostKeys);
      expect(
        killed.ask("find / -xdev \\( -name enrolment.token -o -path '/usr/lib/fogline/incoming*' -o -name '.fogline-*' \\) -not -path '/proc/*'"),
      ).toBe("");
      expect(killed.ask("grep -rlsE 'fle_[A-Za-z0-9_-]{20}' /home /root /etc /tmp /var/tmp /var/lib/fogline || true")).toBe("");
      expect(
        operator
          .leftBehind()
          .split("\n")
          .filter((line) => /fle_[A-Za-z0-9_-]{20}/.test(line)),
      ).toEqual([]);
      expect(readdirSync(operator.secretsPlace, { recursive: true })).toEqual([]);
    },
    killsTimeoutMs,
  );
});
