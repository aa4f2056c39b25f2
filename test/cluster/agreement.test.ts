import { rmSync } from "node:fs";
import { join } from "node:path";
import type { LiveObject } from "@fogline/dev-cluster";
import { readTree } from "@fogline/gitops";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Repository } from "../system/testing/repository.ts";
import { treeFilesIn } from "../system/testing/tree-files.ts";
import { embeddedReconciler, fluxReconciler, type Reconciler } from "./testing/reconcilers.ts";

const fleetFile = "clusters/fleet.yaml";
const schedulerFile = "clusters/dev/apps/scheduler/deployment-scheduler.yaml";
const all = ["gateway 0.1.0 x1", "orchestrator 0.1.0 x1", "policy 0.1.0 x1", "scheduler 0.1.0 x1"];
const policyEntry = /\n {2}policy:\n {4}on: \[dev, cloud\]\n {4}version: 0\.1\.0/;

/** Edits of the clone, and what then runs. */
interface Scenario {
  readonly says: string;
  readonly edit: (repository: Repository) => void;
  readonly outcome: "applied" | "refused";
  readonly runs: readonly string[];
}

const inFleet =
  (from: string | RegExp, to: string) =>
  (repository: Repository): void => {
    repository.edit(fleetFile, from, to);
    repository.render();
  };
const inScheduler =
  (from: string | RegExp, to: string) =>
  (repository: Repository): void =>
    repository.edit(schedulerFile, from, to);

const scenarios: readonly Scenario[] = [
  {
    says: "a version that changed",
    edit: inFleet(/( {2}policy:\n {4}on: \[dev, cloud\]\n {4}version:) 0\.1\.0/, "$1 0.2.0"),
    outcome: "applied",
    runs: all.map((line) => line.replace("policy 0.1.0", "policy 0.2.0")),
  },
  {
    says: "a workload that left the fleet",
    edit: inFleet(policyEntry, ""),
    outcome: "applied",
    runs: all.filter((line) => !line.startsWith("policy")),
  },
  {
    says: "a second replica of what does not listen",
    edit: inFleet("replicas: 1", "replicas: 2"),
    outcome: "applied",
    runs: all.map((line) => line.replace("scheduler 0.1.0 x1", "scheduler 0.1.0 x2")),
  },
  { says: "a comment alone", edit: inFleet("# Places:", "# The places:"), outcome: "applied", runs: all },
  { says: "replicas that are no number", edit: inScheduler("replicas: 1", "replicas: many"), outcome: "refused", runs: all },
  { says: "a manifest that is not YAML", edit: inScheduler("kind: Deployment", "kind: ["), outcome: "refused", runs: all },
  {
    says: "a manifest that its kustomization.yaml lists and that is missing",
    edit: (repository) => rmSync(join(repository.path, schedulerFile)),
    outcome: "refused",
    runs: all,
  },
];

describe("Flux and the embedded reconciler, given the same tree of dev", () => {
  let embedded: Reconciler;
  let flux: Awaited<ReturnType<typeof fluxReconciler>>;
  beforeAll(async () => {
    flux = await fluxReconciler();
    embedded = await embeddedReconciler();
  });
  // Each scenario starts from the same state, whatever became of the one before.
  beforeEach(async () => {
    await Promise.all(both().map((one) => one.restore()));
  });
  afterAll(async () => {
    await Promise.all([embedded?.stop(), flux?.stop()]);
  });
  const both = () => [flux, embedded] as const;

  it("run the same workloads", async () => {
    for (const one of both()) expect(await one.running(), one.name).toEqual(all);
  });

  it("know the same Kustomizations, and Flux made nothing before what it depends on", async () => {
    const { tree } = readTree(treeFilesIn(flux.repository.path, "dev"), "dev");
    const layers = tree?.layers ?? [];
    const known = await flux.cluster.kustomizations();
    expect([...known.keys()].filter((name) => name !== "flux-system").toSorted()).toEqual(
      layers
        .map(({ name }) => name)
        .filter((name) => name !== "flux-system")
        .toSorted(),
    );
    const made = new Map<string, number[]>();
    for (const { name, objects } of layers) {
      const live = await Promise.all(objects.map(({ apiVersion, kind, metadata }) => flux.cluster.api.get({ apiVersion, kind, ...metadata })));
      made.set(
        name,
        live.map((object) => Date.parse((object as LiveObject & { metadata: { creationTimestamp: string } }).metadata.creationTimestamp)),
      );
    }
    const early = layers.flatMap(({ name, dependsOn }) =>
      dependsOn
        .filter((before) => Math.min(...(made.get(name) ?? [])) < Math.max(...(made.get(before) ?? [])))
        .map((before) => `${name} before ${before}`),
    );
    expect(early).toEqual([]);
  });

  it.each(scenarios)("do the same with $says, and with its undoing", async ({ edit, outcome, runs }) => {
    for (const one of both()) edit(one.repository);
    const outcomes = await Promise.all(both().map((one) => one.apply("a change")));
    expect(outcomes).toEqual([outcome, outcome]);
    for (const one of both()) await expect.poll(() => one.running(), { timeout: 60_000, message: one.name }).toEqual(runs);
    await Promise.all(both().map((one) => one.restore()));
    for (const one of both()) await expect.poll(() => one.running(), { timeout: 60_000, message: one.name }).toEqual(all);
  });

  it("differ in one thing: beside a broken workload Flux goes on with the others, and the embedded one keeps the whole last good revision", async () => {
    for (const { repository } of both()) {
      repository.edit(fleetFile, /( {2}policy:\n {4}on: \[dev, cloud\]\n {4}version:) 0\.1\.0/, "$1 0.2.0");
      repository.render();
      repository.edit(schedulerFile, "replicas: 1", "replicas: many");
    }
    expect(await Promise.all(both().map((one) => one.apply("half broken")))).toEqual(["refused", "refused"]);
    await expect.poll(() => flux.running(), { timeout: 60_000 }).toContain("policy 0.2.0 x1");
    expect(await embedded.running()).toEqual(all);
  });
});
