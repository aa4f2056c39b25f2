/** A real hub in the network of the targets, for agents that run on them. */
import { join } from "node:path";
import { type HubProcess, startHubProcess } from "../../system/testing/hub.ts";
import type { Operator } from "./operator.ts";
import { hostAddress } from "./targets.ts";

interface HubFleetSettings {
  readonly rings?: string;
  readonly access?: string;
  /** Further settings of the site. */
  readonly site?: string;
}

/** The fleet of a hub of this machine at the address where targets find it, and of these devices, each a line of the fleet file. */
export const hubFleet = (devices: string, { rings = "{ all: {} }", access = "", site = "" }: HubFleetSettings = {}): string => `
fleet: trial
domain: trial.example
rings: ${rings}
${access}
sites: { bench: { region: eu-central${site} } }
clusters: { here: { site: bench, tier: cloud, ring: all, local: true } }
devices:
${devices}
workloads:
  gateway: { on: [here], version: 0.1.0, settings: { agentNames: ${hostAddress} } }
  orchestrator: { on: [here], version: 0.1.0 }
  scheduler: { on: [here], version: 0.1.0 }
  policy: { on: [here], version: 0.1.0 }
  agent: { on: [here], version: 0.1.0 }
`;

/** A hub of the operator's repository, in the network of the targets. */
export const startHub = ({ repository }: Operator): Promise<HubProcess> =>
  startHubProcess({
    repository,
    dataFolder: join(repository, ".fogline"),
    args: ["--no-agent", "--no-simulate", "--agent-bind", hostAddress],
  });
