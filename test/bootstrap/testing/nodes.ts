/** Targets that can be nodes of one cluster of K3s, and the operator of their fleet. */
import { execFileSync } from "node:child_process";
import { nodeTarget } from "./k3s.ts";
import { type Operator, startOperator } from "./operator.ts";
import { startTargets, type Targets } from "./targets.ts";

/** The fleet of one cluster, `here`, with these devices, each a line of the fleet file. */
export const nodesFleet = (version: string, devices: string): string => `
fleet: trial
domain: trial.example
rings: { all: { k3s: ${version} } }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: access-edge, ring: all } }
devices:
${devices}
`;

export interface Nodes {
  readonly targets: Targets;
  /** Who types `fogline` in the repository of the fleet. */
  readonly operator: Operator;
  readonly stop: () => Promise<void>;
}

/** Programs that K3s' own release has in it. */
const installWhatReleasesBring =
  "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -y iptables ipset conntrack openssl >/dev/null";

/** Boots one target for each name, at its address; nothing of K3s is installed yet. Everything of it is below `place`, which stays. */
export const startNodes = async (place: string, fleet: string, addresses: Readonly<Record<string, string>>): Promise<Nodes> => {
  const targets = await startTargets(Object.entries(addresses).map(([name, address]) => nodeTarget(place, name, address)));
  for (const target of targets.all) target.ask(installWhatReleasesBring);
  const operator = await startOperator(place, fleet, targets);
  return {
    targets,
    operator,
    stop: async () => {
      operator.stop();
      await targets.stop();
      execFileSync("sh", ["-c", 'for mount in $(grep -o " $0/[^ ]*" /proc/mounts); do umount -l "$mount"; done', place]);
    },
  };
};
