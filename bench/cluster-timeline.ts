import type { LiveObject, Named } from "@fogline/dev-cluster";
import { fluxNamespace } from "@fogline/manifests";
import type { TestCluster } from "../test/cluster/testing/cluster.ts";

/** What happens in a cluster, as a client that watches learns of it. */
export interface Timeline {
  /** When something was first seen that holds, by `performance.now()`. What was seen before the call counts as seen at the call. */
  when(holds: (object: LiveObject) => boolean): Promise<number>;
  /** When something held for all the newest of a kind. */
  whenAll(kind: string, holds: (object: LiveObject) => boolean): Promise<number>;
  close(): void;
}

const kinds: readonly Named[] = [
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", namespace: fluxNamespace },
  { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", namespace: fluxNamespace },
  { apiVersion: "apps/v1", kind: "Deployment", namespace: "fogline" },
];

/** Longer than the slowest profile's rollout waits. */
const patienceMs = 600_000;

/** Watches Flux's objects and the workloads of a cluster. */
export const openTimeline = async ({ api }: TestCluster): Promise<Timeline> => {
  const newest = new Map<string, LiveObject>();
  const waiting = new Set<{ readonly look: () => boolean; readonly resolve: (atMs: number) => void; readonly reject: (error: Error) => void }>();
  const seen = (object: LiveObject): void => {
    newest.set(`${object.kind} ${object.metadata.name}`, object);
    for (const one of waiting) {
      if (!one.look()) continue;
      waiting.delete(one);
      one.resolve(performance.now());
    }
  };
  const failed = (error: Error): void => {
    for (const { reject } of waiting) reject(error);
  };
  const ends = await Promise.all(kinds.map((kind) => api.watch(kind, seen, failed)));
  const until = (look: () => boolean): Promise<number> => {
    if (look()) return Promise.resolve(performance.now());
    return new Promise((resolve, reject) => {
      const one = { look, resolve: finish, reject };
      const timer = setTimeout(() => {
        waiting.delete(one);
        reject(new Error(`waited ${patienceMs} ms for something in the cluster that did not happen`));
      }, patienceMs);
      function finish(atMs: number): void {
        clearTimeout(timer);
        resolve(atMs);
      }
      waiting.add(one);
    });
  };
  return {
    when: (holds) => until(() => [...newest.values()].some(holds)),
    whenAll: (kind, holds) => until(() => [...newest.values()].every((object) => object.kind !== kind || holds(object))),
    close: () => {
      for (const end of ends) end();
    },
  };
};
