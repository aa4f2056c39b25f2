import { join } from "node:path";
import { type Authority, makeAuthority, startTlsServer, type TlsServer } from "@fogline/kubernetes/testing";
import type { KubernetesObject } from "@fogline/manifests";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { type Capture, type CaptureOptions, capture, opened } from "./capture.ts";
import { copyFleet, type FleetCopy, operatorFile } from "./repository.ts";

export const password = "correct-horse-battery-staple";
export const dockerConfig = '{"auths":{"registry.example":{"auth":"cHVsbDpzM2NyZXQ="}}}';
export const operator = { manifest: operatorFile };
export const made = {
  region: "fra1",
  version: "1.36.3-do.0",
  ipRange: "10.20.0.0/20",
  nodes: { size: "s-4vcpu-8gb", count: 3, countMax: 6 },
};

export type StackName = "shared" | "cloud" | "dev" | "edge-jetson";
export const stackNames: readonly StackName[] = ["shared", "cloud", "dev", "edge-jetson"];

/** What a test of stacks stands on: a copy of the fleet that is made anew for each test, and an API server that answers for every cluster. */
export class Given {
  authority!: Authority;
  server!: TlsServer;
  fleet!: FleetCopy;
  /** The FluxInstances that the cluster has. */
  readonly instances: { items: unknown[] } = { items: [] };

  /** Every kind of stack that there is, as it is configured. */
  options(name: StackName): CaptureOptions {
    const { fleet, server } = this;
    const common = { stack: name, folder: fleet.folder };
    const kubeconfig = { file: join(fleet.folder, "kubeconfig") };
    switch (name) {
      case "shared":
        if (!fleet.read("clusters/fleet.yaml").includes("registry.digitalocean.com"))
          fleet.edit("clusters/fleet.yaml", "domain: edge.acme.example\n", "domain: edge.acme.example\nregistry: registry.digitalocean.com/acme\n");
        return {
          ...{ ...common, config: { registry: { name: "acme", region: "fra1", tier: "basic" } } },
          answers: {
            "digitalocean:index/containerRegistry:ContainerRegistry": { endpoint: "registry.digitalocean.com/acme" },
            "digitalocean:index/containerRegistryDockerCredentials:ContainerRegistryDockerCredentials": { dockerCredentials: dockerConfig },
          },
        };
      case "cloud":
        return {
          ...{ ...common, config: { digitalocean: made, operator }, secrets: { sourcePassword: password } },
          answers: { "digitalocean:index/kubernetesCluster:KubernetesCluster": { kubeConfigs: [{ rawConfig: server.kubeconfig() }] } },
        };
      case "dev":
        return { ...common, config: { kubeconfig, operator }, secrets: { sourcePassword: password } };
      case "edge-jetson":
        return {
          ...{ ...common, config: { kubeconfig, operator } },
          answers: { "pulumi:pulumi:StackReference": { outputs: { pullLogin: dockerConfig }, secretOutputNames: ["pullLogin"] } },
        };
    }
  }

  run(name: StackName, changes: Partial<CaptureOptions> = {}): Promise<Capture> {
    return capture({ ...this.options(name), ...changes });
  }

  /** A copy of the fleet as it is committed, with a kubeconfig to the server. */
  startOver(): void {
    this.fleet?.remove();
    this.instances.items = [];
    this.fleet = copyFleet();
    this.fleet.write("kubeconfig", this.server.kubeconfig(), 0o600);
  }
}

/** Sets it up for the tests of a file. */
export const givenStacks = (): Given => {
  const given = new Given();
  beforeAll(async () => {
    given.authority = makeAuthority();
    given.server = await startTlsServer(given.authority, {
      "/apis/fluxcd.controlplane.io/v1/namespaces/flux-system/fluxinstances": given.instances,
    });
  });
  beforeEach(() => given.startOver());
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => {
    given.fleet?.remove();
    given.server?.stop();
    given.authority?.remove();
  });
  return given;
};

/** The Kubernetes objects that a stack asks for, as the cluster is given them. */
export const objectsIn = ({ resources }: Capture): KubernetesObject[] =>
  resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => opened(inputs) as KubernetesObject);

/** The error that the program ends with. It must have asked for nothing by then. */
export const refusalOf = async (options: CaptureOptions): Promise<string> => {
  const seen: string[] = [];
  const turns = (name: string): number => {
    seen.push(name);
    return 0;
  };
  const refused = await capture({ ...options, turns }).then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );
  expect(seen).toEqual([]);
  return refused;
};
