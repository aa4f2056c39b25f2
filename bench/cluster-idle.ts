import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectivityName, connectivity, connectivityNames } from "@fogline/fleet";
import { startTestCluster, type TestCluster } from "../test/cluster/testing/cluster.ts";
import type { Repository } from "../test/system/testing/repository.ts";
import { type BenchOptions, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { memoryFigures, processorMs } from "./process-facts.ts";

const name = "edge-pi";
const fluxFolder = `clusters/${name}/flux-system`;
/** Memory is sampled after the window, because reading it takes the kernel's time. */
const memoryWindowMs = 5_000;
const minuteMs = 60_000;

/** Lets a tree that pulls artifacts follow the ring's branch, with the intervals, jitter and timeouts that its profile gives it. */
const followGit = (repository: Repository, gitUrl: string): void => {
  for (const file of readdirSync(join(repository.path, fluxFolder)).filter((one) => one.startsWith("kustomization-")))
    repository.edit(join(fluxFolder, file), "kind: OCIRepository", "kind: GitRepository");
  const instance = join(fluxFolder, "fluxinstance-flux.yaml");
  repository.edit(instance, "kind: OCIRepository", "kind: GitRepository");
  repository.edit(instance, /ref: stable$/m, "ref: refs/heads/ring/stable");
  repository.edit(instance, /url: oci:.*$/m, `url: ${gitUrl}`);
  // An artifact would hold this cluster's tree alone.
  const own = `      - patch: '[{"op":"add","path":"/spec/sparseCheckout","value":["clusters/${name}"]}]'\n        target: { kind: GitRepository, name: flux-system }\n`;
  repository.edit(instance, "    patches:\n", `    patches:\n${own}`);
};

const startWith = (profile: ConnectivityName): Promise<TestCluster> =>
  startTestCluster(name, {
    prepare: (repository) => {
      repository.edit("clusters/fleet.yaml", "connectivity: factory-lte", `connectivity: ${profile}`);
      // A branch has no signature to look for.
      rmSync(join(repository.path, "clusters/tree-signing.pub"));
    },
    ...(connectivity[profile].source === "git" ? {} : { rendered: followGit }),
  });

/** The sum of a counter over all its labels, in the text format of Prometheus. */
const counted = (text: string, counter: string): number =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`${counter}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);

const fluxControllers = ["source-controller", "kustomize-controller"] as const;

/** Counters of a cluster, by what they count. */
const requestsOf = async (cluster: TestCluster, withFlux: boolean): Promise<Record<string, number>> => {
  const { body } = await cluster.api.raw("GET", "/metrics");
  const ofFlux = async (controller: (typeof fluxControllers)[number]): Promise<[string, number]> => {
    const text = await (await fetch(cluster.flux.metricsUrl(controller))).text();
    return [`requests of ${controller} to the API server`, counted(text, "rest_client_requests_total")];
  };
  return {
    "requests to the git server": cluster.git.requests(),
    ...Object.fromEntries(withFlux ? await Promise.all(fluxControllers.map(ofFlux)) : []),
    "requests to the API server": counted(String(body), "apiserver_request_total"),
  };
};

const idle = async (what: string, cluster: TestCluster, windowMs: number, withFlux: boolean): Promise<Figure[]> => {
  const named = new Set(["kube-apiserver", "etcd", ...(withFlux ? fluxControllers : [])]);
  const programs = [...cluster.plane.programs(), ...cluster.flux.programs()].filter((program) => named.has(program.name) && !program.exited());
  verify(programs.length === named.size, `${what}: only ${programs.map((program) => program.name).join(", ")} run`);
  const requests = await requestsOf(cluster, withFlux);
  const processor = programs.map(({ pid }) => processorMs(pid));
  const started = performance.now();
  await sleep(windowMs);
  const tookMs = performance.now() - started;
  const used = programs.map(({ name: program, pid }, index): Figure => {
    const share = (processorMs(pid) - (processor[index] ?? 0)) / tookMs;
    return { what: `${what}: ${program}: processor, of one core`, unit: "%", value: share * 100 };
  });
  const asked = Object.entries(await requestsOf(cluster, withFlux)).map(
    ([of, value]): Figure => ({ what: `${what}: ${of}`, unit: "/min", value: ((value - (requests[of] ?? 0)) / tookMs) * minuteMs }),
  );
  const pids = Object.fromEntries(programs.map(({ name: program, pid }) => [`${what}: ${program}`, pid]));
  const memory = (await memoryFigures(pids, memoryWindowMs)).filter((figure) => figure.what.endsWith(": PSS"));
  return [...used, ...memory, ...asked];
};

/** What the control plane and Flux take while nothing changes, once with each connectivity profile, and without Flux. */
export const idleFigures = async ({ settleMs, windowMs, say }: BenchOptions): Promise<Figure[]> => {
  const figures: Figure[] = [];
  const without: Figure[] = [];
  for (const profile of connectivityNames) {
    const cluster = await startWith(profile);
    try {
      await cluster.settled(cluster.head());
      // They ask the API server several times a second, which nothing of a real cluster does.
      await cluster.standIns.stop();
      await sleep(settleMs);
      say(`${profile}: idle for ${windowMs / 1_000} s`);
      figures.push(...(await idle(profile, cluster, windowMs, true)));
      // It is still as it was: nothing failed meanwhile.
      await cluster.settled(cluster.head());
      if (profile !== "always") continue;
      await cluster.flux.stop();
      await sleep(settleMs);
      say(`without Flux: idle for ${windowMs / 1_000} s`);
      without.push(...(await idle("compared: always, Flux ended", cluster, windowMs, false)));
    } finally {
      await cluster.stop();
    }
  }
  return [...figures, ...without];
};
