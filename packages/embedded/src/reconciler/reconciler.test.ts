import type { GitOpsStatus } from "@fogline/contracts";
import { type VirtualClock, virtualClock } from "@fogline/fakes";
import type { EmbeddedWorkload } from "@fogline/gitops";
import { createLog } from "@fogline/service";
import { beforeEach, describe, expect, it } from "vitest";
import type { LastGood } from "./last-good.ts";
import { type Candidate, type Launcher, lookMs, Reconciler } from "./reconciler.ts";
import { restartMsMax, restartMsMin, steadyMs } from "./replicas.ts";

/** A replica that a test holds in its hand. */
interface Started {
  readonly name: string;
  readonly index: number;
  readonly environment: EmbeddedWorkload["environment"];
  readonly version: string;
  /** Ends it by itself. */
  end(): void;
}

let clock: VirtualClock;
let started: Started[];
let happened: string[];
let kept: LastGood | undefined;
/** What was published. */
let told: GitOpsStatus[];
/** Names whose start fails now. */
let broken: Set<string>;
/** When set, starts wait for it. */
let gate: Promise<void> | undefined;

beforeEach(() => {
  clock = virtualClock(1_000_000);
  started = [];
  happened = [];
  kept = undefined;
  told = [];
  broken = new Set();
  gate = undefined;
});

const launcher = (name: string, listens = false): Launcher => ({
  listens,
  check: ({ LIMIT }) => (LIMIT === "-1" ? [{ code: "FL4015", severity: "error", message: `${name}: LIMIT must be positive` }] : []),
  launch: async ({ environment, version }, index) => {
    happened.push(`start ${name}-${index}`);
    await gate;
    if (broken.has(name)) throw new Error(`${name} has no database`);
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    started.push({ name, index, environment, version, end: resolve });
    return {
      stopped,
      stop: async () => {
        happened.push(`stop ${name}-${index}`);
        resolve();
      },
    };
  },
});

const reconciler = (): Reconciler =>
  new Reconciler({
    cluster: "dev",
    clusters: () => [
      { cluster: "dev", ring: "canary" },
      { cluster: "cloud", ring: "stable" },
    ],
    watching: false,
    launchers: { gateway: launcher("gateway", true), scheduler: launcher("scheduler") },
    lastGood: {
      read: () => kept,
      write: (value) => {
        kept = value;
      },
    },
    clock,
    log: createLog({ level: "silent" }),
    changed: (status) => void told.push(status),
  });

interface Wanted {
  readonly replicas?: number;
  readonly limit?: string;
  readonly version?: string;
}

const kustomization = (resources: readonly string[]): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources.map((name) => `  - ${name}\n`).join("")}`;

/** A tree of these workloads, each in a Kustomization of its own. */
const candidate = (revision: string, workloads: Readonly<Record<string, Wanted>>): Candidate => {
  const files = new Map<string, string>();
  const names = Object.keys(workloads);
  files.set("clusters/dev/flux-system/kustomization.yaml", kustomization(names.map((name) => `${name}.yaml`)));
  for (const [name, { replicas = 1, limit = "1", version = "0.1.0" }] of Object.entries(workloads)) {
    const folder = `clusters/dev/apps/${name}`;
    files.set(
      `clusters/dev/flux-system/${name}.yaml`,
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: ${name} }\nspec: { path: ./${folder} }\n`,
    );
    files.set(`${folder}/kustomization.yaml`, kustomization(["deployment.yaml"]));
    files.set(
      `${folder}/deployment.yaml`,
      [
        "apiVersion: apps/v1",
        "kind: Deployment",
        `metadata: { name: ${name}, namespace: fogline, labels: { app.kubernetes.io/version: ${version} } }`,
        `spec: { replicas: ${replicas}, template: { spec: { containers: [{ name: ${name}, env: [{ name: LIMIT, value: "${limit}" }] }] } } }`,
      ].join("\n"),
    );
  }
  return { revision, files };
};

/** Lets what is under way go on until nothing more happens without the clock. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
const pass = async (ms: number): Promise<void> => {
  await clock.advance(ms);
  await settle();
};
const last = (): Started | undefined => started.at(-1);

describe("Reconciler", () => {
  it("starts what the tree asks for, in its order, and keeps the revision", async () => {
    const one = reconciler();
    expect(await one.apply(candidate("a", { gateway: {}, scheduler: { replicas: 2 } }))).toBe(true);
    expect(happened).toEqual(["start gateway-0", "start scheduler-0", "start scheduler-1"]);
    expect(one.status()).toMatchObject({ appliedRevision: "a", attemptedRevision: "a", appliedAtMs: 1_000_000, refused: [] });
    expect(kept?.revision).toBe("a");
  });

  it("does not touch a workload that is the same in the next revision", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    happened = [];
    await one.apply(candidate("b", { gateway: {}, scheduler: { limit: "2" } }));
    expect(happened).toEqual(["stop scheduler-0", "start scheduler-0"]);
    expect(last()).toMatchObject({ name: "scheduler", environment: { LIMIT: "2" } });
    expect(one.status().appliedRevision).toBe("b");
  });

  it("scales up and down without touching the replicas that stay", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { scheduler: {} }));
    await one.apply(candidate("b", { scheduler: { replicas: 3 } }));
    await one.apply(candidate("c", { scheduler: { replicas: 1 } }));
    expect(happened).toEqual(["start scheduler-0", "start scheduler-1", "start scheduler-2", "stop scheduler-1", "stop scheduler-2"]);
    expect(one.status().workloads).toMatchObject([{ name: "scheduler", replicas: 1, running: 1, status: "running" }]);
  });

  it("stops what left the tree and says of no replicas that it is stopped", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    await one.apply(candidate("b", { scheduler: { replicas: 0 } }));
    expect(happened.slice(2).toSorted()).toEqual(["stop gateway-0", "stop scheduler-0"]);
    expect(one.status().workloads).toMatchObject([{ name: "scheduler", running: 0, status: "stopped" }]);
  });

  it("runs one replica of what listens, however many the tree asks for", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: { replicas: 3 } }));
    expect(happened).toEqual(["start gateway-0"]);
  });

  it("refuses a revision whose settings do not check, before anything is touched", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    happened = [];
    expect(await one.apply(candidate("b", { gateway: { limit: "2" }, scheduler: { limit: "-1" } }))).toBe(false);
    expect(happened).toEqual([]);
    expect(one.status()).toMatchObject({ appliedRevision: "a", attemptedRevision: "b" });
    expect(one.status().refused.map(({ message }) => message)).toEqual(["scheduler: LIMIT must be positive"]);
    expect(kept?.revision).toBe("a");
  });

  it("forgets why a revision was refused as soon as a good one runs", async () => {
    const one = reconciler();
    one.refuse("a", [{ code: "FL1010", severity: "error", message: "unknown key flet", place: { file: "clusters/fleet.yaml" } }]);
    expect(one.status()).toMatchObject({ appliedRevision: null, refused: [{ path: "clusters/fleet.yaml", message: "unknown key flet" }] });
    await one.apply(candidate("b", { scheduler: {} }));
    expect(one.status().refused).toEqual([]);
  });

  it("goes back to what ran when a start fails, and says which", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    happened = [];
    broken.add("scheduler");
    expect(await one.apply(candidate("b", { gateway: { limit: "2" }, scheduler: { limit: "2" } }))).toBe(false);
    expect(happened.slice(0, 4)).toEqual(["stop gateway-0", "start gateway-0", "stop scheduler-0", "start scheduler-0"]);
    expect(one.status()).toMatchObject({ appliedRevision: "a", refused: [{ message: "scheduler has no database" }] });
    expect(one.refusal).toMatchObject({ findings: [{ code: "FL3014" }], cause: new Error("scheduler has no database") });
    expect(started.findLast(({ name }) => name === "gateway")).toMatchObject({ environment: { LIMIT: "1" } });
    expect(kept?.revision).toBe("a");
  });

  it("tries again and again when going back fails too", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { scheduler: { replicas: 2 } }));
    broken.add("scheduler");
    await one.apply(candidate("b", { scheduler: { replicas: 2, limit: "2" } }));
    expect(one.status().workloads).toMatchObject([{ replicas: 2, running: 0, status: "failed" }]);
    await pass(restartMsMin);
    expect(one.status().workloads).toMatchObject([{ running: 0 }]);
    broken.clear();
    await pass(2 * restartMsMin);
    expect(one.status().workloads).toMatchObject([{ replicas: 2, running: 2, status: "running" }]);
    expect(last()).toMatchObject({ environment: { LIMIT: "1" } });
  });

  it("stops a workload again that only the failed revision had", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {} }));
    broken.add("scheduler");
    await one.apply(candidate("b", { gateway: {}, scheduler: {} }));
    expect(one.status().workloads.map(({ name }) => name)).toEqual(["gateway"]);
    happened = [];
    await pass(restartMsMax);
    expect(happened).toEqual([]);
  });

  it("applies revisions one after the other, in the order they were asked for", async () => {
    const one = reconciler();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const first = one.apply(candidate("a", { scheduler: {} }));
    const second = one.apply(candidate("b", { scheduler: { limit: "-1" } }));
    const third = one.apply(candidate("c", { scheduler: { limit: "3" } }));
    await settle();
    expect(happened).toEqual(["start scheduler-0"]);
    resolve();
    expect(await Promise.all([first, second, third])).toEqual([true, false, true]);
    expect(happened).toEqual(["start scheduler-0", "stop scheduler-0", "start scheduler-0"]);
    expect(one.status()).toMatchObject({ appliedRevision: "c", refused: [] });
  });

  it("runs the last good revision after a restart and still says why the newest was refused", async () => {
    await reconciler().apply(candidate("a", { scheduler: { limit: "7" } }));
    const next = reconciler();
    expect(await next.apply(candidate("b", { scheduler: { limit: "-1" } }))).toBe(false);
    expect(await next.applyLastGood()).toBe(true);
    expect(last()).toMatchObject({ environment: { LIMIT: "7" } });
    expect(next.status()).toMatchObject({
      appliedRevision: "a",
      attemptedRevision: "b",
      refused: [{ message: "scheduler: LIMIT must be positive" }],
    });
  });

  it("has no last good revision before the first one was applied", async () => {
    expect(await reconciler().applyLastGood()).toBe(false);
  });

  it("stops everything, what was started last first, and applies nothing afterwards", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    happened = [];
    await one.stop();
    expect(happened).toEqual(["stop scheduler-0", "stop gateway-0"]);
    expect(await one.apply(candidate("b", { scheduler: {} }))).toBe(false);
    expect(happened).toHaveLength(2);
  });
});

describe("a replica that ends by itself", () => {
  it("is started again after a pause that doubles with every end, up to a limit", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { scheduler: {} }));
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const before = started.length;
      last()?.end();
      await settle();
      expect(one.status().workloads).toMatchObject([{ running: 0, status: "failed" }]);
      await pass(waitMs - 1);
      expect(started).toHaveLength(before);
      await pass(1);
      expect(started).toHaveLength(before + 1);
    }
    expect(one.status().workloads).toMatchObject([{ running: 1, status: "running" }]);
  });

  it("starts from the shortest pause again after a steady run", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { scheduler: {} }));
    last()?.end();
    await settle();
    await pass(restartMsMin);
    await pass(steadyMs);
    last()?.end();
    await settle();
    await pass(restartMsMin);
    expect(started).toHaveLength(3);
    expect(one.status().workloads).toMatchObject([{ running: 1 }]);
  });

  it("leaves the other replicas alone", async () => {
    await reconciler().apply(candidate("a", { scheduler: { replicas: 2 } }));
    happened = [];
    started.find(({ index }) => index === 0)?.end();
    await settle();
    await pass(restartMsMin);
    expect(happened).toEqual(["start scheduler-0"]);
  });

  it("is not started again when its workload left the tree meanwhile", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    last()?.end();
    await settle();
    await one.apply(candidate("b", { gateway: {} }));
    happened = [];
    await pass(restartMsMax);
    expect(happened).toEqual([]);
  });

  it("is waited for and stopped when its workload leaves the tree while it starts again", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: {} }));
    last()?.end();
    await settle();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    await pass(restartMsMin);
    happened = [];
    const leaves = one.apply(candidate("b", { gateway: {} }));
    await settle();
    expect(happened).toEqual([]);
    resolve();
    await leaves;
    expect(happened).toEqual(["stop scheduler-0"]);
  });
});

describe("the clusters in the status", () => {
  const dev = (one: Reconciler) => one.status().clusters[0];

  it("are the local one as it is, and the others as unknown", async () => {
    const one = reconciler();
    expect(dev(one)).toMatchObject({ state: "behind", wantedRevision: null, lastReconciledAtMs: null });
    await one.apply(candidate("a", { scheduler: {} }));
    expect(one.status().clusters).toMatchObject([
      { cluster: "dev", state: "current", wantedRevision: "a", appliedRevision: "a", lastReconciledAtMs: 1_000_000, drift: [] },
      { cluster: "cloud", state: "unknown", wantedRevision: "a", appliedRevision: null, reason: "no agent of cloud reports its revision yet" },
    ]);
    await one.apply(candidate("b", { scheduler: { limit: "-1" } }));
    expect(dev(one)).toMatchObject({ state: "refused", wantedRevision: "b", appliedRevision: "a", drift: [] });
    expect(dev(one)?.reason).toContain("revision b was refused, revision a stays: ");
  });

  it("say when the tree was last compared with what runs, which alone is no news", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { scheduler: {} }));
    const before = told.length;
    await pass(3 * lookMs);
    expect(dev(one)?.lastReconciledAtMs).toBe(1_000_000 + 3 * lookMs);
    expect(told).toHaveLength(before);
    await one.stop();
    await pass(lookMs);
    expect(dev(one)?.lastReconciledAtMs).toBe(1_000_000 + 3 * lookMs);
  });

  it("name a workload whose replica died, until it runs again, and tell both", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { gateway: {}, scheduler: { replicas: 2 } }));
    told = [];
    started.find(({ name, index }) => name === "scheduler" && index === 1)?.end();
    await settle();
    expect(dev(one)).toMatchObject({
      state: "current",
      drift: [{ object: "scheduler", message: "1 of 2 replicas run; replica 1 ended by itself" }],
    });
    broken.add("scheduler");
    await pass(restartMsMin);
    expect(dev(one)?.drift).toEqual([{ object: "scheduler", message: "1 of 2 replicas run; replica 1 could not start: scheduler has no database" }]);
    broken.clear();
    await pass(2 * restartMsMin);
    expect(dev(one)?.drift).toEqual([]);
    expect(told.map(({ clusters }) => clusters[0]?.drift.map(({ message }) => message))).toEqual([
      ["1 of 2 replicas run; replica 1 ended by itself"],
      ["1 of 2 replicas run; replica 1 could not start: scheduler has no database"],
      [],
    ]);
  });

  it("show no drift while a revision is being applied, and what could not go back afterwards", async () => {
    const one = reconciler();
    await one.apply(candidate("a", { scheduler: { replicas: 2 } }));
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const applying = one.apply(candidate("b", { scheduler: { replicas: 2, limit: "2" } }));
    await settle();
    expect(dev(one)).toMatchObject({ state: "behind", reason: "revision b is being applied", drift: [] });
    broken.add("scheduler");
    resolve();
    await applying;
    expect(dev(one)).toMatchObject({ state: "refused", drift: [{ object: "scheduler", message: expect.stringContaining("0 of 2 replicas run; ") }] });
  });
});
