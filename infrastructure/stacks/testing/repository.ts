import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A copy of this repository's fleet and trees, to be changed. */
export interface FleetCopy {
  readonly folder: string;
  read(path: string): string;
  write(path: string, text: string, mode?: number): void;
  /** Replaces text in a file; throws when it is not there. */
  edit(path: string, from: string, to: string): void;
  /** Removes one file. */
  forget(path: string): void;
  remove(): void;
}

/** What a cluster's private key looks like; it opens nothing. */
export const ageKeyText = "# created for a test\nAGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\n";

/** The least that is a manifest of a Flux Operator. */
export const operatorText = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: fluxinstances.fluxcd.controlplane.io }
---
apiVersion: v1
kind: Namespace
metadata: { name: flux-system, labels: { app.kubernetes.io/name: flux-operator } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: flux-operator, namespace: flux-system }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: flux-operator, namespace: flux-system }
spec: { replicas: 1 }
`;

/** Where the copy keeps that manifest. */
export const operatorFile = "bootstrap/flux-operator.yaml";

const root = join(import.meta.dirname, "../../..");

export const copyFleet = (): FleetCopy => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-stacks-"));
  cpSync(join(root, "clusters"), join(folder, "clusters"), { recursive: true });
  const copy: FleetCopy = {
    folder,
    read: (path) => readFileSync(join(folder, path), "utf8"),
    write: (path, text, mode = 0o644) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
      chmodSync(join(folder, path), mode);
    },
    edit: (path, from, to) => {
      const before = copy.read(path);
      if (!before.includes(from)) throw new Error(`${path} does not hold ${from}`);
      copy.write(path, before.replace(from, to));
    },
    forget: (path) => rmSync(join(folder, path)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  copy.write(operatorFile, operatorText);
  for (const cluster of ["cloud", "dev", "edge-jetson"]) copy.write(`.fogline/keys/${cluster}.agekey`, ageKeyText, 0o600);
  return copy;
};
