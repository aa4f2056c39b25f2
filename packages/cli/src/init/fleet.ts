import { stringify } from "yaml";

/** What a new repository is made for. */
export interface NewRepository {
  /** Name of the fleet. */
  readonly name: string;
  readonly domain: string;
  /** What package.json asks npm for: an exact version, or the path of an archive. */
  readonly fogline: string;
  /** Version of the hub's workloads. */
  readonly version: string;
}

/** A text that YAML would read as something else is quoted. */
const scalar = (text: string): string => stringify(text, { lineWidth: 0 }).trimEnd();

/** clusters/fleet.yaml of a new repository: this machine as a hub, and how to go on from there. */
export const fleetText = ({ name, domain, version }: NewRepository): string => `# yaml-language-server: $schema=./fleet.schema.json
#
# Everything that exists in this fleet, in one file. \`npx fogline check\` names every problem in it with its line and a remedy,
# \`npx fogline render\` turns it into the folders beside it, and \`npx fogline up\` runs the cluster that is \`local\`.
# A large fleet moves parts of it into clusters/fleet.d/<site>.yaml: the same words, merged by key.

schema: 1
fleet: ${scalar(name)}
domain: ${scalar(domain)}

# A change goes through the rings in this order: first the few that may break, at last everything.
rings:
  canary: { soak: 2h, gate: healthy }
  stable: { gate: healthy, skipOffline: 30% }

# Places. \`connectivity\` says what line one has: always (the default), metered, intermittent or air-gapped.
sites:
  headquarters: { region: eu-central }
  # plant: { region: eu-central, uplink: headquarters, connectivity: metered }

clusters:
  # The one that \`npx fogline up\` runs on this machine, without Kubernetes.
  dev: { site: headquarters, tier: cloud, ring: canary, local: true }
  # edge-pi: { site: plant, tier: access-edge, ring: stable }

# \`detected\` lets the agent on the machine report what it is. pi-[1-3] declares three devices; pi-1 below it refines one of them.
devices:
  this-machine: { cluster: dev, hardware: detected }
  # pi-[1-3]: { cluster: edge-pi, hardware: pi-5-8, data: usb-ssd, address: 10.7.1.* }
  # pi-1: { role: server }

# The hub: where people and devices come in, who is there, what runs where, what is allowed.
# One of your own is an image (\`image:\`, \`ports:\`), or has a chart in charts.ts.
workloads:
  gateway: { on: dev, version: ${version} }
  orchestrator: { on: dev, version: ${version} }
  scheduler: { on: dev, version: ${version} }
  policy: { on: dev, version: ${version} }
  agent: { on: dev, version: ${version} }
`;
