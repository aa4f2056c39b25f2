import { getGitOps } from "@fogline/contracts";
import { applied as appliedBy, headOf, restore } from "../../system/testing/commits.ts";
import { eventually } from "../../system/testing/eventually.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "../../system/testing/hub.ts";
import { makeRepository, type Repository } from "../../system/testing/repository.ts";
import { isReadyIn, isRefusedIn, startTestCluster, type TestCluster } from "./cluster.ts";

/** Something that makes a cluster as its tree says, seen from outside. */
export interface Reconciler {
  readonly name: string;
  readonly repository: Repository;
  /** Commits what is in the clone and waits for what becomes of it: everything applied, or something refused. */
  apply(message: string): Promise<"applied" | "refused">;
  /** Back to the first revision, as a new one. */
  restore(): Promise<void>;
  /** The hub workloads that run, as `name version x replicas`, sorted. */
  running(): Promise<string[]>;
  stop(): Promise<void>;
}

const cluster = "dev";
const patienceMs = 240_000;
const line = (name: string, version: string, replicas: number): string => `${name} ${version} x${replicas}`;

/** The reconciler of the embedded hub, in a process of its own. */
export const embeddedReconciler = async (): Promise<Reconciler> => {
  const repository = makeRepository();
  const first = headOf(repository);
  const hub: HubProcess = await startHubProcess({ repository: repository.path, args: ["--no-simulate", "--no-agent"] });
  return {
    name: "the embedded reconciler",
    repository,
    apply: async (message) => {
      const revision = repository.commit(message);
      return eventually(`${revision} is applied or refused`, async () => {
        const { appliedRevision, attemptedRevision, refused } = await hub.client.call(getGitOps, {});
        if (appliedRevision === revision) return "applied" as const;
        return attemptedRevision === revision && refused.length > 0 && ("refused" as const);
      });
    },
    restore: async () => void (await appliedBy(hub, restore(repository, first))),
    running: async () => {
      const { workloads } = await hub.client.call(getGitOps, {});
      return workloads
        .filter(({ name }) => name !== "agent")
        .map(({ name, version, running }) => line(name, version, running))
        .toSorted();
    },
    stop: async () => {
      await hub.end();
      removeDataFolder(hub.dataFolder);
      repository.remove();
    },
  };
};

/** Flux itself. */
export const fluxReconciler = async (): Promise<Reconciler & { readonly cluster: TestCluster }> => {
  const test = await startTestCluster(cluster);
  const first = test.head();
  await test.settled(first);
  const outcome = async (revision: string): Promise<"applied" | "refused" | undefined> => {
    const all = [...(await test.kustomizations()).values()];
    const failed = all.filter((one) => isRefusedIn(one, revision));
    const rest = all.filter((one) => !failed.includes(one));
    if (!rest.every((one) => isReadyIn(one, revision))) return undefined;
    return failed.length > 0 ? "refused" : "applied";
  };
  return {
    name: "Flux",
    cluster: test,
    repository: test.repository,
    apply: async (message) => {
      const revision = await test.push(message);
      return eventually(`${revision} is applied or refused`, () => outcome(revision), patienceMs);
    },
    restore: async () => test.settled(await test.restore(first)),
    running: async () =>
      (await test.api.list({ apiVersion: "apps/v1", kind: "Deployment", namespace: "fogline" }))
        .map(({ metadata, status }) => line(metadata.name, metadata.labels?.["app.kubernetes.io/version"] ?? "", status?.readyReplicas ?? 0))
        .toSorted(),
    stop: () => test.stop(),
  };
};
