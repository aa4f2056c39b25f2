/** Two machines that answer by SSH and shall become a cluster, and an operator with all that `fogline bootstrap` asks for then. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTool } from "../../../scripts/tools.ts";
import { findK3s, layReleases } from "./k3s.ts";
import { nodesFleet, startNodes } from "./nodes.ts";
import type { Operator, Said } from "./operator.ts";
import type { Targets } from "./targets.ts";

const version = "v1.36.3+k3s1";
const devices = `  hall-1: { cluster: here, hardware: detected, role: server, address: 10.7.1.1 }
  hall-2: { cluster: here, hardware: detected, address: 10.7.1.2 }`;

/** The login with which Flux would fetch the tree. */
export const treePassword = "canary-9d4c";

export interface BareCluster {
  readonly targets: Targets;
  readonly operator: Operator;
  /** Sets the cluster up, without agents of Fogline. */
  readonly bootstrap: () => Promise<Said>;
  readonly kubectl: (words: string) => string;
  readonly stop: () => Promise<void>;
}

const toolNames = ["kustomize", "flux-operator", "flux-operator-config"] as const;

/** Whether K3s, the operator of Flux and what makes its manifest are built: `npm run tools -- k3s` and `npm run tools`. */
export const canStartBareCluster = (): boolean => findK3s() !== undefined && toolNames.every((name) => findTool(name) !== undefined);

export const startBareCluster = async (): Promise<BareCluster> => {
  const place = mkdtempSync(join(tmpdir(), "fogline-cluster-"));
  const [kustomize = "", program = "", config = ""] = toolNames.map(findTool);
  const manifest = execFileSync(kustomize, ["build", join(config, "default")], { encoding: "utf8" });
  const [, name = ""] = /image: (\S+flux-operator:\S+)/.exec(manifest) ?? [];
  // The operator refuses to run otherwise; its own image says the same.
  const image = { name, program: readFileSync(program), environment: ["GODEBUG=fips140=on"] };
  const releases = layReleases(join(place, "releases"), [version], [image]);
  const { targets, operator, stop } = await startNodes(place, nodesFleet(version, devices), { "hall-1": "10.7.1.1", "hall-2": "10.7.1.2" });
  writeFileSync(join(operator.repository, ".gitignore"), ".fogline/\n");
  writeFileSync(join(operator.repository, "bootstrap/install.yaml"), manifest);
  const made = await operator.fogline("cluster", "init", "here");
  if (made.code !== 0) throw new Error(made.stdout + made.stderr);
  writeFileSync(join(operator.repository, ".fogline/keys/here.login"), JSON.stringify({ username: "git", password: treePassword }), { mode: 0o600 });
  return {
    targets,
    operator,
    bootstrap: () =>
      operator.fogline("bootstrap", "cluster:here", "--without-agent", "--k3s-folder", releases, "--operator", "bootstrap/install.yaml", "--yes"),
    kubectl: (words) => targets.get("hall-1").ask(`k3s kubectl ${words}`),
    stop: async () => {
      await stop();
      rmSync(place, { recursive: true, force: true });
    },
  };
};
