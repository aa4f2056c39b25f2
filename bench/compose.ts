import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/root.ts";
import { missingForCompose } from "../scripts/tools.ts";
import { containerNames, type HubInContainers, startHubInContainers } from "../test/compose/testing/hub-in-containers.ts";
import { startHubProcess } from "../test/system/testing/hub.ts";
import { makeRepository } from "../test/system/testing/repository.ts";
import { type Bench, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { proportionalBytes } from "./process-facts.ts";

const seconds = (what: string, ms: number): Figure => ({ what, unit: "s", value: ms / 1_000 });
const megabytes = (what: string, bytes: number): Figure => ({ what, unit: "MB", value: bytes / 1e6 });

const processesIn = async ({ docker, idOf }: HubInContainers, name: (typeof containerNames)[number]): Promise<number[]> =>
  (await docker.output("top", await idOf(name), "-o", "pid")).split("\n").slice(1).map(Number);

/** Memory of every container, its processes summed, shared pages counted by their share. */
const memoryFigures = async (hub: HubInContainers): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const name of containerNames) {
    const bytes = (await processesIn(hub, name)).map(proportionalBytes);
    figures.push(
      megabytes(
        `${name}: idle, PSS`,
        bytes.reduce((sum, one) => sum + one, 0),
      ),
    );
  }
  return [...figures, { what: "all six containers: idle, PSS", unit: "MB", value: figures.reduce((sum, { value }) => sum + value, 0) }];
};

/** The same hub in one process, for comparison. */
const embeddedFigures = async (settleMs: number): Promise<Figure[]> => {
  const repository = makeRepository();
  const began = performance.now();
  const hub = await startHubProcess({ repository: repository.path, args: ["--no-simulate", "--no-agent"] });
  try {
    const startedWithinMs = performance.now() - began;
    await sleep(settleMs);
    return [
      seconds("compared: one process, `fogline up` without devices: start to ready", startedWithinMs),
      megabytes("compared: one process: idle, PSS", proportionalBytes(hub.child.pid ?? 0)),
    ];
  } finally {
    await hub.end();
    repository.remove();
  }
};

const figuresOnce = async (settleMs: number): Promise<Figure[]> => {
  const hub = await startHubInContainers();
  try {
    await sleep(settleMs);
    const again = performance.now();
    hub.compose("up", "--detach", "--wait", "--force-recreate");
    const recreatedWithinMs = performance.now() - again;
    await sleep(settleMs);
    const figures = [
      seconds("first start: images handed over, databases made, every container healthy", hub.startedWithinMs),
      seconds("every container made anew, until all are healthy", recreatedWithinMs),
      ...(await memoryFigures(hub)),
    ];
    return [...figures, ...(await embeddedFigures(settleMs))];
  } finally {
    await hub.end();
  }
};

/** In a process with a network of its own, since Docker lays bridges and rules of a firewall. */
const inOwnNetwork = async (settleMs: number): Promise<Figure[]> => {
  const enter = ["--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  const { status, stdout, stderr } = spawnSync("unshare", [...enter, execPath, join(root, "bench/compose.ts"), String(settleMs)], {
    encoding: "utf8",
  });
  verify(status === 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as Figure[];
};

/** The hub in containers: how long until it is well, and what it holds while nothing happens. */
export const compose: Bench = {
  about: "the hub in containers on this machine, as `npm run compose` starts it",
  defaults: { runs: 1 },
  missing: () => missingForCompose()[0],
  run: ({ settleMs, say }) => {
    say("starts all containers, twice");
    return inOwnNetwork(settleMs);
  },
};

if (import.meta.main) console.log(JSON.stringify(await figuresOnce(Number(process.argv[2] ?? "10000"))));
