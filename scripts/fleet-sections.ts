/** What docs/fleet.md says beside what the schema knows: the order of its sections, a few words on each, an example, and which rules look at which key. */
import type { Code } from "@fogline/findings";

/** One section: a key of the fleet file, or one that several of them share. */
export interface Section {
  readonly title: string;
  /** Where its schema stands, as in the file; `<name>` stands for any key of a mapping. None for what only explains. */
  readonly path?: string;
  readonly says: string;
  /** YAML that is a part of one valid fleet with all other examples. */
  readonly example?: string;
  /** Codes of rules that look beyond one value, by key below `path`; the empty key is the entry itself. */
  readonly rules?: Readonly<Record<string, readonly Code[]>>;
}

const layers = `What holds for many places is said once, and a particular word wins over a general one:

1. \`workload\` of \`defaults\`, then of the tier, the ring, the site, the cluster: what is said of *every* workload there, wide before narrow.
2. The workload's own entry under \`workloads\`.
3. \`workloads.<name>\` of \`defaults\`, then of the tier, the ring, the site, the cluster: what is said of *this* workload there, wide before narrow.

The last one that says something counts. Mappings are laid over each other key by key, so one layer may add an environment variable to those of another; lists, numbers and texts replace what they cover.
\`host\` has the same order, with the device's own \`host\` last. What a layer says of hardware that a device is not, such as \`clocks\` of a Pi, passes it by.
\`fogline why <cluster> <object> <field>\` names every layer that says something of a field, with its line.

A device's \`connectivity\` wins over its site's, a cluster's \`kubernetes.version\` over its ring's \`k3s\`, and a \`version\` may name rings itself.`;

const places = `Wherever clusters are named (\`on\` of a workload, \`to\` of a collection), a word may choose several:

| word | clusters |
| --- | --- |
| \`edge-pi\` | the one of that name |
| \`"*"\` | all; in \`to\` all but the collection's origin. YAML wants the quotes |
| \`tier:access-edge\` | those of the tier |
| \`ring:stable\` | those of the ring |
| \`site:plant-7\` | those of the site |

A cluster that is chosen twice counts once. A word that chooses nothing is refused as an unknown cluster ([FL1031](errors.md#fl1031)).`;

/** The sections in their order. */
export const sections: readonly Section[] = [
  {
    title: "The fleet itself",
    path: "",
    says: "The keys of the whole file. A key of a mapping that the user chooses is a name: at most 63 lower-case letters, digits and hyphens, with a letter in it and no hyphen at its ends ([FL1014](errors.md#fl1014)), because it becomes a host name and the name of objects.",
    example: `fleet: acme
domain: edge.acme.example
repository: ssh://git@git.acme.example/fleet.git
registry: registry.acme.example`,
    rules: { fleet: ["FL1014"], workloads: ["FL3006"] },
  },
  {
    title: "access",
    path: "access",
    says: "Who signs in on the machines that Fogline sets up, from their first boot on: [first-boot.md](first-boot.md). Public keys alone; a machine has no password.",
    example: `access:
  user: fogline
  keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsSQ5pMyXTp9aHVGGQ1FFGKbT8nz8Ct6kOd5TQDqn0r anna@acme.example"]`,
  },
  {
    title: "rings",
    path: "rings.<name>",
    says: "A change goes through the rings in the order in which they stand here: first the few that may break, at last everything. Every cluster names its ring.",
    example: `rings:
  canary: { soak: 2h, k3s: v1.36.3+k3s1 }
  stable: { gate: manual, skipOffline: 30%, window: Mon-Thu 08:00-16:00 Europe/Berlin, k3s: v1.36.3+k3s1 }`,
    rules: { k3s: ["FL1118"] },
  },
  {
    title: "mesh",
    path: "mesh",
    says: "The devices reach each other through WireGuard, wherever they are: [mesh.md](mesh.md). Every machine that Fogline sets up is in it; a laptop or a phone is when it says so. Devices of one site call each other by their `address`, and those with an `endpoint` can be called from everywhere; the first of these passes on what has no direct way.",
    example: `mesh: { port: 51820 }
devices:
  gate: { site: headquarters, hardware: server, endpoint: gate.edge.acme.example }
  night-shift: { site: plant-7, hardware: laptop, mesh: true }`,
    rules: { "": ["FL1125"] },
  },
  {
    title: "connectivity",
    path: "connectivity.<name>",
    says: "One word for a line sets everything that depends on it together: where Flux gets the tree and how often, timeouts, pull policy, what is kept through an outage, certificates. `always`, `metered`, `intermittent` and `air-gapped` are built in; an entry here refines one of them, and what follows from a changed value follows: a slower line has a longer timeout, a longer outage a longer-lived certificate.",
    example: `connectivity:
  factory-lte: { like: metered, budget: 200MB/day, outage: 72h, bandwidth: 2Mbit/s, latency: 80ms, interval: 1h }`,
    rules: { "": ["FL1060"], like: ["FL1034", "FL1059"] },
  },
  {
    title: "sites",
    path: "sites.<name>",
    says: "Places. What stands in one site reaches the others through its uplink, and by the connectivity that the site has.",
    example: `sites:
  headquarters: { region: eu-central, at: [48.137, 11.575] }
  plant-7: { region: eu-central, at: [50.110, 8.682], uplink: headquarters, connectivity: factory-lte, residency: eu }
  office:
    region: eu-central
    networks: { 10.8.0.0/24: { gateway: 10.8.0.1 } }
    timeServers: [ntp.acme.example]
    timeZone: Europe/Berlin`,
    rules: { uplink: ["FL1030", "FL1058"], connectivity: ["FL1034"], networks: ["FL1131"], "networks.<name>.gateway": ["FL1131"] },
  },
  {
    title: "clusters",
    path: "clusters.<name>",
    says: "Kubernetes clusters, and the one that runs on this machine without Kubernetes. Each has a folder `clusters/<name>/`: [tree.md](tree.md). Its nodes are the devices that name it.",
    example: `clusters:
  dev: { site: headquarters, tier: cloud, ring: canary, local: true }
  cloud: { site: headquarters, tier: cloud, ring: stable, kubernetes: { distribution: managed } }
  edge-pi: { site: plant-7, tier: access-edge, ring: stable }
  edge-jetson:
    site: plant-7
    tier: metro-edge
    ring: stable
    kubernetes: { version: v1.36.3+k3s1 }`,
    rules: {
      "": ["FL1055", "FL1056", "FL1111", "FL1114"],
      site: ["FL1030"],
      tier: ["FL1035"],
      ring: ["FL1032"],
      local: ["FL1057"],
      "kubernetes.version": ["FL1118"],
    },
  },
  {
    title: "devices",
    path: "devices.<name>",
    says: "Machines by id. `pi-[1-6]` declares six of them, `rack-[01-12]` twelve with leading zeros, and an entry for one of their ids refines it: `pi-1` below is a Pi like the others and a server as well. A device with a `site` instead of a `cluster` runs the agent alone. A fleet has at most 10,000 devices.",
    example: `devices:
  this-machine: { cluster: dev, hardware: detected }
  pi-[1-3]: { cluster: edge-pi, hardware: pi-5-8, data: usb-ssd, address: 10.7.1.*, labels: { acme.example/hall: north } }
  pi-1: { role: server, serial: 1000-0001, mac: 48:b0:2d:12:34:56 }
  jetson-1: { cluster: edge-jetson, role: server, hardware: jetson-orin-nx-16, address: 10.7.0.1, gpu: { slices: 4 }, power: 25W }
  gate-phone: { site: plant-7, hardware: smartphone }`,
    rules: {
      "": ["FL1040", "FL1041", "FL1042"],
      cluster: ["FL1031", "FL1050", "FL1052"],
      site: ["FL1030", "FL1050", "FL1051"],
      hardware: ["FL1033", "FL1043"],
      role: ["FL1053"],
      tier: ["FL1035", "FL1051"],
      ring: ["FL1032", "FL1051"],
      connectivity: ["FL1034"],
      address: ["FL1044", "FL1047", "FL1048", "FL1132"],
      mac: ["FL1045"],
      serial: ["FL1046"],
      endpoint: ["FL1121", "FL1124"],
      mesh: ["FL1121", "FL1122"],
      data: ["FL1107"],
      gpu: ["FL1101"],
      "gpu.slices": ["FL1102"],
      "gpu.sharing": ["FL1100"],
      power: ["FL1054", "FL1106"],
      labels: ["FL1109", "FL1110"],
      host: ["FL1117"],
    },
  },
  {
    title: "host",
    path: "devices.<name>.host",
    says: "How a machine itself is set up. It may stand in a device, and in `defaults`, a tier, a ring, a site or a cluster for all devices there.",
    example: `devices:
  pi-4:
    cluster: edge-pi
    hardware: pi-5-8
    data: usb-ssd
    host:
      governor: powersave
      zram: 25%
      journal: { storage: volatile, size: 32MiB }
      taints: [acme.example/camera=yes:NoSchedule]
      kubelet: { maxPods: 40 }
      reserved: { memory: 2GiB, cpu: 0.5 }
      sysctl: { vm.swappiness: 10 }
      encrypt: true
      time: [time.acme.example]
      firewall: { open: [tcp/9100] }`,
    rules: {
      governor: ["FL1105"],
      clocks: ["FL1106"],
      eeprom: ["FL1119"],
      "reserved.memory": ["FL1103", "FL1104"],
      "reserved.cpu": ["FL1103"],
      swap: ["FL1112"],
      encrypt: ["FL1126"],
      sysctl: ["FL1115"],
      taints: ["FL1108", "FL1116"],
      kubelet: ["FL1116"],
      k3s: ["FL1113", "FL1114", "FL1116"],
      "ssh.user": ["FL1135"],
      "ssh.jump": ["FL1135"],
    },
  },
  {
    title: "workloads",
    path: "workloads.<name>",
    says: "What runs where. A workload of Fogline (`gateway`, `orchestrator`, `scheduler`, `policy`, `agent`) or one with a chart of its own in `apps/` has a `version`; any other has an `image`, and needs no TypeScript: [new-workload.md](new-workload.md).",
    example: `workloads:
  gateway: { on: [dev, cloud], version: { canary: 0.2.0, stable: 0.1.0 } }
  agent: { on: "*", version: 0.1.0, settings: { heartbeatMs: 60000 } }
  display:
    on: tier:access-edge
    image: registry.acme.example/display:1.2.0
    ports: [8088]
    devices: [/dev/video0]
    needs: { memory: 200MiB, cpu: 0.2 }
    health: { http: /healthz }
    secrets: [display-api]
    env: { COLOUR: dark }
    volumes:
      pictures: { path: /var/cache/pictures, scratch: 500MiB }
      layout: { path: /etc/display, files: { layout.json: "{}" } }`,
    rules: {
      on: ["FL1031", "FL1071"],
      version: ["FL1032", "FL1074"],
      settings: ["FL3004", "FL3005"],
      replicas: ["FL1076"],
      volumes: ["FL1075", "FL1076"],
      "needs.memory": ["FL1070"],
      "needs.cpu": ["FL1070"],
      "needs.gpu": ["FL1070"],
      uses: ["FL1037", "FL1077"],
      syncs: ["FL1036"],
      aggregatesTo: ["FL1031"],
      pattern: ["FL1071"],
    },
  },
  { title: "Naming several clusters", says: places },
  {
    title: "collections",
    path: "collections.<name>",
    says: "Data that moves between clusters, and the jurisdiction that it must not leave.",
    example: `collections:
  catalogue: { from: dev, to: edge-pi, residency: any }
  readings: { from: edge-pi, to: [dev, cloud], residency: eu, retention: 30d }`,
    rules: { from: ["FL1031"], to: ["FL1031", "FL1072"], residency: ["FL1073"] },
  },
  {
    title: "registries",
    path: "registries.<name>",
    says: "Registries by host, with their port where they have one. The file names a Secret and never holds what is in it.",
    example: `registries:
  registry.acme.example: { credentials: acme-registry, mirrors: [https://mirror.plant-7.acme.example] }`,
  },
  {
    title: "defaults and layers",
    path: "defaults",
    says: `${layers}\n\nThese keys may stand in \`defaults\`, in an entry of \`tiers\`, and beside the other keys of a ring, a site and a cluster:`,
    example: `defaults:
  workload: { env: { TZ: UTC } }
  host: { journal: { size: 128MiB } }
tiers:
  access-edge:
    workloads:
      agent: { settings: { heartbeatMs: 120000 } }`,
    rules: { workloads: ["FL1037"] },
  },
];
