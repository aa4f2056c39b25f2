import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { argv, env } from "node:process";
import { missingForBootstrap } from "../scripts/tools.ts";
import { type Operator, startOperator } from "../test/bootstrap/testing/operator.ts";
import { play } from "../test/bootstrap/testing/playbook.ts";
import { startTargets, type Targets } from "../test/bootstrap/testing/targets.ts";
import { type Bench, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { makeTargetSystem, onTargets } from "./on-targets.ts";

/** How many machines are set up at once. */
const sizes = [1, 20] as const;

const fleetOf = (count: number): string => `
fleet: trial
rings: { all: {} }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: cloud, ring: all, local: true } }
devices:
${Array.from({ length: count }, (_, index) => `  pc-${index + 1}: { site: bench, hardware: laptop, address: 10.7.1.${index + 1} }`).join("\n")}
workloads: { agent: { on: [here], version: 0.1.0 } }
`;

interface Answer {
  readonly run: {
    readonly devices: Readonly<Record<string, { readonly standing: string; readonly roles: Readonly<Record<string, { readonly changed: number }>> }>>;
  };
}

/** One call of the command, in seconds, and how many tasks changed something; every machine must be set up. */
const timed = async (operator: Operator, count: number): Promise<{ readonly seconds: number; readonly changed: number }> => {
  const began = performance.now();
  const said = await operator.fogline("--json", "bootstrap", "all", "--yes", "--without-agent", "--parallel", String(Math.min(count, 20)));
  const seconds = (performance.now() - began) / 1_000;
  verify(said.code === 0, said.stdout + said.stderr);
  const devices = Object.values((JSON.parse(said.stdout) as Answer).run.devices);
  verify(devices.length === count && devices.every(({ standing }) => standing === "done"), `${devices.length} of ${count} machines are set up`);
  return { seconds, changed: devices.flatMap(({ roles }) => Object.values(roles)).reduce((sum, { changed }) => sum + changed, 0) };
};

/** The same playbook and machines by one process of Ansible, which looks at nothing before it begins, in seconds: what `fogline bootstrap` is compared with. */
const timedPlain = async ({ repository }: Operator, targets: Targets, count: number): Promise<number> => {
  env.ANSIBLE_FORKS = String(count);
  const began = performance.now();
  const { code, changed, output } = await play(repository, targets, { tags: ["preflight", "common", "storage", "wireguard", "identity"] });
  verify(code === 0 && changed.length === 0, output.slice(-2_000));
  return (performance.now() - began) / 1_000;
};

/** Boots so many targets and sets them up twice. */
const measure = async (count: number): Promise<readonly Figure[]> => {
  const place = mkdtempSync(join(tmpdir(), "fogline-bench-bootstrap-"));
  const specs = Array.from({ length: count }, (_, index) => ({ name: `pc-${index + 1}`, address: `10.7.1.${index + 1}` }));
  const targets = await startTargets(specs, availableParallelism());
  const operator = await startOperator(place, fleetOf(count), targets);
  try {
    const first = await timed(operator, count);
    const second = await timed(operator, count);
    const plain = await timedPlain(operator, targets, count);
    verify(first.changed > 0 && second.changed === 0, `the second run changed ${second.changed} tasks`);
    const machines = `${count} ${count === 1 ? "machine" : "machines at once"}`;
    return [
      { what: `${machines}, first run`, unit: "s", value: first.seconds },
      { what: `${machines}, first run: tasks that changed something`, unit: "tasks", value: first.changed },
      { what: `${machines}, second run`, unit: "s", value: second.seconds },
      { what: `${machines}, second run by ansible-playbook --forks ${count} alone`, unit: "s", value: plain },
    ];
  } finally {
    operator.stop();
    await targets.stop();
    rmSync(place, { recursive: true, force: true });
  }
};

export const bootstrap: Bench = {
  about: "`fogline bootstrap` over machines with systemd and SSH, the first time and the second",
  defaults: { runs: 1 },
  missing: () => missingForBootstrap()[0],
  run: async ({ say }) => {
    makeTargetSystem();
    return sizes.flatMap((count) => {
      say(`${count} machines`);
      return onTargets("bootstrap.ts", count);
    });
  },
};

if (import.meta.main) {
  const figures = await measure(Number(argv[2] ?? "1"));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  process.exit(0);
}
