import { z } from "zod";
import { connectivityNames } from "./connectivity.ts";
import { hardwareNames } from "./hardware.ts";
import { dataMedia } from "./host/facts.ts";
import { hostOptions } from "./host/options.ts";
import * as quantity from "./quantities.ts";
import { tierNames } from "./tiers.ts";

/** A name that refers to something else; the rules look it up, the schema only offers words to editors. */
const reference = (description: string, examples?: readonly string[]) =>
  z.string().meta(examples === undefined ? { description } : { description, examples: [...examples] });

/** A table by name. The rules check the names (FL1014), so that one bad name does not hide what it holds. */
const table = <Entry extends z.ZodType>(entry: Entry, description: string) => z.record(z.string(), entry).meta({ description });

const oneOrMore = <Entry extends z.ZodType>(entry: Entry) => z.union([entry, z.array(entry).min(1)]);

const port = z.int().min(1).max(65_535);

const health = z
  .strictObject({
    http: quantity.httpPath.optional().describe("Path that answers 200 when healthy."),
    command: z.array(z.string()).min(1).optional().describe("Command that ends with 0 when healthy."),
    port: port.optional().describe("Port that `http` is asked at. Default the first of `ports`."),
    interval: quantity.duration.optional().describe("How often it is asked whether it is ready; half as often whether it lives. Default 10s."),
  })
  .meta({ id: "health", description: "How it is asked whether it is well. Without it, whether its first port opens." });

const volume = z
  .strictObject({
    path: quantity.absolutePath.describe("Where the container sees it."),
    keep: quantity.bytes.optional().describe("A volume of this size that outlives the pod. One replica then."),
    scratch: quantity.bytes.optional().describe("Disk of at most this size that ends with the pod."),
    memory: quantity.bytes.optional().describe("Memory of at most this size that ends with the pod."),
    files: z.record(z.string(), z.string()).optional().describe("Files by name, with their text."),
    secret: quantity.secretName.optional().describe("Name of a Secret of the cluster, one file a key."),
  })
  .meta({ id: "volume", description: "One of keep, scratch, memory, files and secret." });

/** What may be said of a workload in general and, in a place, of that place alone. */
const options = {
  settings: z.record(z.string(), z.json()).optional().describe("Settings as the workload's schema has them."),
  env: z.record(z.string(), quantity.environmentValue).optional().describe("Environment variables."),
  replicas: z.int().min(0).max(1000).optional().describe("How many run in each place; 0 stops it. Default 1."),
  placement: z
    .strictObject({
      prefer: z.enum(["latency", "energy", "balanced"]).optional().describe("What a node is chosen by. Default balanced."),
      failover: z
        .enum(["fast", "normal", "none"])
        .optional()
        .describe(
          "How long a pod stays bound to a node that is not heard of: fast 30s, normal 5m as Kubernetes has it, none until it is back. Default normal.",
        ),
    })
    .optional()
    .describe("Where it is best, and what happens when its node is not heard of."),
  image: quantity.image.optional().describe("Container of one's own."),
  command: z.array(z.string()).min(1).optional().describe("Instead of the image's own entry point."),
  args: z.array(z.string()).optional().describe("Arguments of the command."),
  user: z.int().min(1).max(2_147_483_647).optional().describe("User id that the container runs as. Default 65532; root is refused."),
  ports: z
    .array(port)
    .max(100)
    .optional()
    .describe("Ports that it listens on. Who `uses` it reaches them through a Service of its name, and so does the outside where it is an image."),
  devices: z.array(quantity.devicePath).max(100).optional().describe("Device files it needs."),
  volumes: z.record(z.string(), volume).optional().describe("Volumes by name."),
  secrets: z.array(quantity.secretName).max(100).optional().describe("Names of Secrets of the cluster whose keys become environment variables."),
  needs: z
    .strictObject({
      memory: quantity.bytes.optional().describe("Memory that it asks for, and the most it gets. Default by its chart; 128MiB for an image."),
      cpu: quantity.cpu.optional().describe("Cores that it asks for. It may take more where they are free. Default 0.1."),
      gpu: z.int().min(1).max(16).optional().describe("GPU shares; devices say into how many theirs is divided. Default none."),
    })
    .optional()
    .describe("What a machine must have free for it."),
  health: health.optional(),
  uses: z.array(z.string()).max(100).optional().describe("Workloads of the same cluster that it talks to; nothing else in the cluster answers it."),
};

const anyWorkload = z.strictObject(options).meta({ id: "everyWorkload", description: "What holds for every workload here." });
const oneWorkload = z
  .strictObject({ version: quantity.version.optional().describe("Version here."), ...options })
  .meta({ id: "oneWorkload", description: "What holds for this workload here." });

const host = hostOptions.meta({ id: "host", description: "How machines themselves are set up." });

/** What a place may say of what runs there; a narrower place wins. */
const overrides = {
  workload: anyWorkload.optional(),
  workloads: table(oneWorkload, "What holds for single workloads here.").optional(),
  host: host.optional(),
};

const ring = z.strictObject({
  soak: quantity.duration.optional().describe("How long everything must be healthy here before the next ring follows. Default 0s."),
  gate: z.enum(["healthy", "manual"]).optional().describe("healthy goes on by itself, manual waits for a person. Default healthy."),
  skipOffline: quantity.percent.optional().describe("Share of devices that may be offline without holding the ring up. Default 0%."),
  window: quantity.window.optional().describe("When changes may be applied. Default always."),
  k3s: quantity.k3sVersion.optional().describe("K3s version of the ring's clusters."),
  ...overrides,
});

const profile = z.strictObject({
  like: reference("The profile that this one refines.", connectivityNames),
  budget: quantity.budget.optional().describe("Traffic allowed in a day, week or month. Default that of `like`."),
  outage: quantity.duration.optional().describe("The longest time without a connection that must do no harm. Default that of `like`."),
  bandwidth: quantity.bandwidth.optional().describe("Bandwidth downwards. Default that of `like`."),
  latency: quantity.duration.optional().describe("Round trip to the hub. Default that of `like`."),
  interval: quantity.duration.optional().describe("How often Flux asks for a new revision. Default that of `like`."),
});

const network = z.strictObject({
  gateway: quantity.hostAddress.optional().describe("Where packets for elsewhere go. Default none: a network without a way out."),
  nameservers: z.array(quantity.hostAddress).max(8).optional().describe("Who answers for names. Default the gateway."),
});

const site = z.strictObject({
  region: reference("A word of your own for where it is.", ["eu-central"]),
  at: z.tuple([quantity.latitude, quantity.longitude]).optional().describe("Latitude and longitude in degrees."),
  uplink: reference("The site through which this one reaches the others.").optional(),
  connectivity: reference("Profile of the line. Default always.", connectivityNames).optional(),
  residency: reference("The jurisdiction whose data may stay here. Default the region up to its first hyphen.", ["eu"]).optional(),
  networks: z
    .record(z.string(), network)
    .optional()
    .describe("Its networks, such as 10.7.0.0/24: a device with an address gets the gateway of its network. Default none, and addresses by DHCP."),
  timeServers: z.array(quantity.timeServer).min(1).max(8).optional().describe("Who tells the time here. Default those of the system."),
  timeZone: quantity.timeZone.optional().describe("Time zone of the machines here. Default Etc/UTC."),
  ...overrides,
});

const cluster = z.strictObject({
  site: reference("Where it stands."),
  tier: z.string().meta({ enum: [...tierNames], description: "One of the five tiers." }),
  ring: reference("When it gets a new revision."),
  local: z.boolean().optional().describe("The one cluster that `fogline up` runs on this machine. Default false."),
  kubernetes: z
    .strictObject({
      distribution: z
        .enum(["k3s", "kind", "managed"])
        .optional()
        .describe("K3s on its devices, kind on a machine, or one that somebody else runs. Default k3s."),
      fingerprint: z.string().optional().describe("Fingerprint of its SSH host or API certificate, so that day 0 does not trust the first answer."),
      version: quantity.k3sVersion.optional().describe("Overrides the ring's K3s version."),
    })
    .optional()
    .describe("Which Kubernetes it is."),
  ...overrides,
});

const access = z.strictObject({
  user: quantity.systemUser.optional().describe("The user as whom people and provisioning sign in on machines. Default fogline."),
  keys: z
    .array(quantity.sshPublicKey)
    .min(1)
    .max(100)
    .optional()
    .describe("SSH public keys of those who may, and of nobody else. Nobody gets in by a password. Default those that the machine has."),
});
const mesh = z
  .strictObject({ port: port.optional().describe("UDP port that WireGuard listens on. Default 51820.") })
  .describe("The devices reach each other through WireGuard. Default not.");

const registry = z.strictObject({
  credentials: quantity.secretName
    .optional()
    .describe("Name of a Secret of type kubernetes.io/dockerconfigjson in every cluster that pulls from it."),
  mirrors: z.array(quantity.url).min(1).optional().describe("Where nodes ask first, in this order."),
});

const device = z.strictObject({
  cluster: reference("The cluster it is a node of.").optional(),
  site: reference("Where it is, for a device that runs the agent alone.").optional(),
  hardware: z
    .string()
    .meta({
      enum: [...hardwareNames],
      description: "Hardware profile with memory; detected lets the agent report. Only what refines a device of a range may leave it out.",
    })
    .optional(),
  role: z.enum(["server", "agent"]).optional().describe("K3s role. Default agent."),
  tier: z
    .string()
    .meta({ enum: [...tierNames], description: "For a device without a cluster. Default by its kind." })
    .optional(),
  ring: reference("For a device without a cluster. Default the last ring.").optional(),
  connectivity: reference("Profile of its line. Default its site's.", connectivityNames).optional(),
  address: quantity.address.optional().describe("IPv4 address; in a range 10.7.1.* takes the number."),
  mac: quantity.mac.optional().describe("MAC address of its first network interface."),
  serial: z.string().min(1).max(64).optional().describe("Serial number of the board."),
  endpoint: quantity.endpoint.optional().describe("Where the mesh reaches it from outside of its site. Default not at all."),
  mesh: z.boolean().optional().describe("Whether it is in the mesh. Default true for machines that Fogline sets up, false for those of a person."),
  data: z.enum(dataMedia).optional().describe("Medium of workload data. Default the system's."),
  gpu: z
    .strictObject({
      slices: z.int().min(1).max(16).optional().describe("Shares of the GPU that pods may take. Default 1."),
      sharing: z.enum(["time-slicing", "mps"]).optional().describe("How shares are made. Default time-slicing; a Jetson can do no other."),
    })
    .optional()
    .describe("How its GPU is divided."),
  power: quantity.power.optional().describe("Power limit. Default the hardware's."),
  labels: z.record(z.string(), quantity.label).optional().describe("Labels of the node, beside those that render derives from the hardware."),
  host: host.optional(),
});

/** The keys a device may have. */
export const deviceKeys: readonly string[] = Object.keys(device.shape);

const workload = z.strictObject({
  on: z.union([z.string(), z.array(z.string()).min(1), z.record(z.string(), z.string())]).describe("Cluster, clusters, or cluster by part."),
  version: z
    .union([quantity.version, z.record(z.string(), quantity.version)])
    .optional()
    .describe("One version, or one by ring to hold a ring back."),
  ...options,
  pattern: z.enum(["cloud-first", "edge-first", "hybrid"]).optional().describe("Where it originates; hybrid alone has parts. Default none."),
  syncs: z.array(z.string()).optional().describe("Collections it keeps in step."),
  aggregatesTo: reference("Cluster that gets the aggregates.").optional(),
});

const collection = z.strictObject({
  from: reference("Cluster where it originates."),
  to: oneOrMore(z.string()).describe("Clusters that get it."),
  residency: reference("Jurisdiction that it must not leave. Default any.", ["any", "eu"]).optional(),
  retention: quantity.duration.optional().describe("How long it is kept. Default for good."),
});

const exception = z.strictObject({
  code: z.string().describe("The code of the finding, such as FL2101."),
  object: z.string().min(1).optional().describe("As findings name it, such as Deployment fogline/camera-*. Default every object."),
  cluster: reference("Where it holds. Default every cluster.").optional(),
  reason: z.string().describe("Why it is all right for now, for whoever reads this later."),
  until: quantity.date.describe("The last day on which it holds, such as 2026-12-31."),
});

const notEmpty = (entries: object): boolean => Object.keys(entries).length > 0;

/** The newest version of the fleet file's vocabulary. A file that states none is taken as this one. */
export const schemaVersion = 1;

/** The shape of the fleet file. Names and references are checked by the rules, over whatever parsed. */
export const fleetSchema = z
  .strictObject({
    schema: z.int().min(0).optional().describe("Version of this vocabulary; `fogline upgrade` raises it. Default the newest."),
    fleet: z.string().describe("Name of the fleet."),
    domain: quantity.domain.optional().describe("Domain of the fleet's services. Default <fleet>.internal."),
    repository: quantity.url.optional().describe("Where clusters fetch this repository. Default https://git.<domain>/<fleet>.git."),
    registry: quantity.registry.optional().describe("Registry of Fogline's own images and of trees. Default registry.<domain>."),
    defaults: z.strictObject(overrides).optional().describe("What holds everywhere unless something narrower says otherwise."),
    tiers: table(z.strictObject(overrides), "What holds for the clusters of a tier.")
      .meta({ propertyNames: { enum: [...tierNames] } })
      .optional(),
    registries: z.record(z.string(), registry).optional().describe("Registries that need credentials or have mirrors, by host."),
    access: access.optional().describe("Who may sign in on the machines that Fogline sets up."),
    mesh: mesh.optional(),
    rings: table(ring, "Rollouts go through the rings in this order.").refine(notEmpty, {
      params: { code: "FL1012", expected: "at least one ring" },
    }),
    connectivity: table(profile, "Profiles beside always, metered, intermittent and air-gapped.").optional(),
    sites: table(site, "Places."),
    clusters: table(cluster, "Kubernetes clusters, and the local one."),
    devices: table(device, "Devices by id; pi-[1-6] declares six, and pi-1 beside it refines one.").optional(),
    workloads: table(workload, "What runs where.").optional(),
    collections: table(collection, "Data that sync moves.").optional(),
    exceptions: z.array(exception).max(1000).optional().describe("Findings of `fogline check` that are accepted for a while."),
  })
  .meta({ title: "Fogline fleet", description: "Everything that exists in one fleet: clusters/fleet.yaml" });

/** A workload as it is declared. */
export type WorkloadFields = z.infer<typeof workload>;

/** Top-level keys whose entries several files may contribute. */
export const tables = ["tiers", "rings", "connectivity", "sites", "clusters", "devices", "workloads", "collections"] as const;
export type Table = (typeof tables)[number];

/** The JSON Schema of the fleet file as an object: draft 2020-12, input side. */
export const fleetJsonSchemaObject = (): Record<string, unknown> =>
  z.toJSONSchema(fleetSchema, { io: "input", target: "draft-2020-12" }) as Record<string, unknown>;

/** The JSON Schema as the text of clusters/fleet.schema.json. */
export const fleetJsonSchema = (): string => `${JSON.stringify(fleetJsonSchemaObject(), null, 2)}\n`;
