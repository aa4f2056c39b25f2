/** A cluster of two targets with K3s: a fleet, its releases, and the playbooks over it. */
import { join } from "node:path";
import { builtVersion, findK3s, layReleases } from "./k3s.ts";
import { nodesFleet, startNodes } from "./nodes.ts";
import type { Operator } from "./operator.ts";
import { type Play, type PlayOptions, play } from "./playbook.ts";
import type { Targets } from "./targets.ts";

export { builtVersion, findK3s };

const devices = `  pi-1: { cluster: here, hardware: pi-5-8, role: server, address: 10.7.1.1 }
  pi-2: { cluster: here, hardware: pi-5-8, address: 10.7.1.2 }`;

export interface Deployed {
  readonly replicas: number;
  /** The node that its pods run on; any without it. */
  readonly node?: string;
}

export interface K3sCluster {
  /** The folder that everything of it is below. */
  readonly place: string;
  /** The repository of its fleet. */
  readonly repository: string;
  /** Who types `fogline` in it. */
  readonly operator: Operator;
  readonly targets: Targets;
  /** Runs a playbook over one machine. */
  readonly run: (limit: string, options?: PlayOptions) => Promise<Play>;
  /** Has a Deployment of waiting pods run, and waits until they are ready. */
  readonly deploy: (name: string, deployed: Deployed) => void;
  readonly stop: () => Promise<void>;
}

/** Boots two targets; nothing is installed yet. The fleet wants the first of the versions. */
export const startK3sCluster = async (place: string, versions: readonly string[]): Promise<K3sCluster> => {
  const releases = layReleases(join(place, "releases"), versions);
  const fleet = nodesFleet(versions[0] ?? builtVersion, devices);
  const { targets, operator, stop } = await startNodes(place, fleet, { "pi-1": "10.7.1.1", "pi-2": "10.7.1.2" });
  const { repository } = operator;
  return {
    place,
    repository,
    operator,
    targets,
    run: (limit, { vars, ...options } = {}) => play(repository, targets, { limit, ...options, vars: { fogline_k3s_folder: releases, ...vars } }),
    deploy: (name, { replicas, node }) => {
      const container = { name: "wait", image: "rancher/mirrored-pause:3.6", imagePullPolicy: "Never" };
      const spec = {
        terminationGracePeriodSeconds: 1,
        containers: [container],
        ...(node === undefined ? {} : { nodeSelector: { "kubernetes.io/hostname": node } }),
      };
      const template = { metadata: { labels: { app: name } }, spec };
      const object = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name },
        spec: { replicas, selector: { matchLabels: { app: name } }, template },
      };
      const first = targets.get("pi-1");
      first.ask(`cat <<'OBJECT' | k3s kubectl apply -f -\n${JSON.stringify(object)}\nOBJECT`);
      first.ask(`k3s kubectl rollout status deployment/${name} --timeout=120s`);
    },
    stop,
  };
};
