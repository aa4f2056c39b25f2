import { FoglineError } from "@fogline/findings";
import type { Made } from "../state.ts";
import { lastWords, runCommand } from "./commands.ts";
import type { Engine } from "./kind-config.ts";

/** What the container engine has. Rejects with FL4184 where none answers. */
export const engineHere = async (): Promise<Engine> => {
  const ran = await runCommand("docker", ["info", "--format", "{{.NCPU}} {{.MemTotal}}"]);
  const [cpuCores = 0, memoryBytes = 0] = ran.stdout.trim().split(" ").map(Number);
  if (ran.status !== 0 || !(cpuCores > 0) || !(memoryBytes > 0)) throw new FoglineError("FL4184", `docker does not answer: ${lastWords(ran)}`);
  return { cpuCores, memoryBytes };
};

/** The commands that take away what was made, and what each is called. */
const removals: { readonly [What in Made["what"]]: (name: string) => readonly [program: string, ...args: string[]] } = {
  "kind-cluster": (name) => ["kind", "delete", "cluster", "--name", name],
  "k3d-cluster": (name) => ["k3d", "cluster", "delete", name],
  container: (name) => ["docker", "rm", "--force", "--volumes", name],
};

/** Takes away what was made, the last first. Something that is gone already is no failure; one that cannot be removed is FL4183. */
export const removeMade = async (made: readonly Made[]): Promise<string[]> => {
  const removed: string[] = [];
  for (const { what, name } of made.toReversed()) {
    const [program, ...args] = removals[what](name);
    const ran = await runCommand(program, args);
    if (ran.status !== 0)
      throw new FoglineError("FL4183", `${program} ${args.join(" ")} failed: ${lastWords(ran)}`, {
        remedy: "See why, then run `fogline dev down` again.",
      });
    removed.push(`${what} ${name}`);
  }
  return removed;
};

const listings = {
  kind: ["kind", "get", "clusters"],
  k3d: ["k3d", "cluster", "list", "--no-headers"],
} as const;

/** Whether the engine has a cluster of that name, whoever made it. */
export const hasCluster = async (kind: "kind" | "k3d", name: string): Promise<boolean> => {
  const [program, ...args] = listings[kind];
  const ran = await runCommand(program, args);
  if (ran.status !== 0) throw new FoglineError("FL4184", `${program} cannot ask for its clusters: ${lastWords(ran)}`);
  return ran.stdout.split("\n").some((line) => line.split(/\s+/)[0] === name);
};

/** The address of this machine in the network of the cluster's containers. On other systems than Linux the engine is a machine of its own, and has a name for this one. */
export const reachedBy = async (network: string, system: string): Promise<{ readonly address: string; readonly host: string }> => {
  if (system !== "linux") return { address: "127.0.0.1", host: "host.docker.internal" };
  const ran = await runCommand("docker", ["network", "inspect", network, "--format", "{{range .IPAM.Config}}{{.Gateway}} {{end}}"]);
  const address = ran.stdout
    .trim()
    .split(/\s+/)
    .find((one) => /^\d+\.\d+\.\d+\.\d+$/.test(one));
  if (ran.status !== 0 || address === undefined)
    throw new FoglineError("FL4184", `the network ${network} has no address of this machine: ${lastWords(ran)}`);
  return { address, host: address };
};
