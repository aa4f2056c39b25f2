import { argv } from "node:process";
import { setTimeout as after } from "node:timers/promises";
import { missingForBootstrap } from "../scripts/tools.ts";
import { canStartBareCluster, startBareCluster } from "../test/bootstrap/testing/bare-cluster.ts";
import type { Target } from "../test/bootstrap/testing/targets.ts";
import { type Bench, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { makeTargetSystem, onTargets } from "./on-targets.ts";

/** Sums PSS by part, in bytes: what K3s' service started, pods, and all the rest, which is the system. */
const sumUp = `
import json, os
sums = {"system": 0, "k3s": 0, "pods": 0}
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        group = open("/proc/%s/cgroup" % pid).read()
        lines = open("/proc/%s/smaps_rollup" % pid).read().splitlines()
    except OSError:
        continue
    pss = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    sums["pods" if "kubepods" in group else "k3s" if "k3s" in group else "system"] += pss
print(json.dumps(sums))
`;

interface Sums {
  readonly system: number;
  readonly k3s: number;
  readonly pods: number;
}

const memoryOf = (target: Target): Sums => JSON.parse(target.ask(`python3 - <<'SUM'\n${sumUp}SUM`)) as Sums;

/** Bytes below folders, of this file system alone. */
const bytesBelow = (target: Target, ...folders: readonly string[]): number =>
  target
    .ask(`du --summarize --bytes ${folders.join(" ")} 2>/dev/null || true`)
    .split("\n")
    .filter(Boolean)
    .reduce((sum, line) => sum + Number(line.split("\t")[0]), 0);

const megabytes = (what: string, bytes: number): Figure => ({ what, unit: "MB", value: bytes / 1e6 });

const measure = async (settleMs: number): Promise<readonly Figure[]> => {
  const cluster = await startBareCluster();
  try {
    const said = await cluster.bootstrap();
    verify(said.code === 0, said.stdout + said.stderr);
    await after(settleMs);
    const [server, agent] = [cluster.targets.get("hall-1"), cluster.targets.get("hall-2")];
    const [onServer, onAgent] = [memoryOf(server), memoryOf(agent)];
    return [
      megabytes("system, set up: PSS", onAgent.system),
      megabytes("K3s as server, with containerd: PSS", onServer.k3s),
      megabytes("K3s as agent, with containerd: PSS", onAgent.k3s),
      megabytes("pods of the server, Flux's operator: PSS", onServer.pods),
      megabytes("system, set up: on disk", bytesBelow(agent, "/usr", "/etc", "/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/boot")),
      megabytes("K3s as server, its images and data: on disk", bytesBelow(server, "/usr/local/bin", "/var/lib/rancher")),
      megabytes("K3s as agent, its images and data: on disk", bytesBelow(agent, "/usr/local/bin", "/var/lib/rancher")),
    ];
  } finally {
    await cluster.stop();
  }
};

export const edgeStack: Bench = {
  about: "memory and disk of a node: system, K3s as server and as agent, Flux's operator",
  defaults: { runs: 1 },
  missing: () => missingForBootstrap()[0] ?? (canStartBareCluster() ? undefined : "K3s is not built. fix: npm run tools, then npm run tools -- k3s"),
  run: async ({ settleMs }) => {
    makeTargetSystem();
    return onTargets("edge-stack.ts", settleMs);
  },
};

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measure(Number(argv[2] ?? "60000")))}\n`);
  process.exit(0);
}
