import { boardIdentities, hostFacts, type KnownHardware } from "@fogline/fleet";
import { hasGpu, yamlText } from "@fogline/manifests";
import { dataDisk, type HostContext } from "./context.ts";
import { copied, type HostFile } from "./file.ts";
import { wantedPower } from "./power.ts";
import { DATA_LABEL, ENCRYPTED_LABEL } from "./storage.ts";

/**
 * One thing that is asked of a machine: `first` before anything is changed on it, `after-boot` once it has booted with the rendered boot files, which
 * may be what makes the answer right.
 */
type Probe = {
  readonly severity: "error" | "warning";
  readonly when: "first" | "after-boot";
  readonly why: string;
} & ( // The board by its device tree, and which of the sizes of memory it was sold with.
  | { readonly probe: "board"; readonly is: string }
  | { readonly probe: "architecture"; readonly is: string }
  // A 64-bit kernel runs programs of 32 bits: Raspberry Pi OS is sold so.
  | { readonly probe: "userland"; readonly is: string }
  // Those that the kernel could run, not those that run: a Jetson's power mode switches some of them off.
  | { readonly probe: "possible-cpu-cores"; readonly least: number }
  | { readonly probe: "memory"; readonly leastBytes: number }
  | { readonly probe: "page-size"; readonly bytes: number }
  | { readonly probe: "kernel-module"; readonly name: string }
  | { readonly probe: "cgroup-controller"; readonly name: string }
  // One of the paths; an older image has some of them elsewhere.
  | { readonly probe: "file"; readonly path: string; readonly or?: string }
  // With a package, one that the machine's own package sources offer is as good.
  | { readonly probe: "program"; readonly name: string; readonly least: string; readonly package?: string }
  // A mode of the board's own list that these watts mean, see power.ts.
  | { readonly probe: "power-mode"; readonly watts: number; readonly uncappedFromWatts?: number }
  | { readonly probe: "file-system-label"; readonly label: string; readonly leastBytes: number }
  // The file system that holds the path, and what is free on it.
  | { readonly probe: "disk"; readonly path: string; readonly leastBytes: number; readonly leastFreeBytes: number }
  // What provisioning noted when the machine was last brought into a fleet.
  | { readonly probe: "membership"; readonly fleet: string; readonly device: string; readonly cluster?: string }
  | { readonly probe: "clock"; readonly withinSeconds: number }
  | { readonly probe: "clock-synchronised" }
  | { readonly probe: "default-route" }
);

/** What the firmware and the kernel keep of the memory on the data sheet, at most. */
export const MEMORY_SHOWN_FRACTION = 0.9;
const PAGE_BYTES = 4096;
/** Certificates are refused outside of their days, and the token of a day-old board must still be valid: minutes do no harm, hours do. */
const CLOCK_SECONDS = 300;
/** K3s with its images takes about 2 GB, images of workloads and logs as much again; a device without it holds the agent and its queue. */
const NODE_DISK_BYTES = 8e9;
const ALONE_DISK_BYTES = 2e9;
/** Packages are unpacked before they are installed. */
const FREE_BYTES = 500e6;

/** Modules that a node loads at boot, and what is missing without each. Tegra kernels lack some of them. */
const nodeModules = [
  { name: "br_netfilter", why: "packets between pods pass no rule of the firewall" },
  { name: "overlay", why: "containers have no file system" },
  { name: "xt_comment", why: "NetworkPolicy is not enforced" },
  { name: "ip_set", why: "NetworkPolicy is not enforced" },
  { name: "vxlan", why: "pods reach no pod of another node" },
] as const;

const fatal = { severity: "error", when: "first" } as const;
const advice = { severity: "warning", when: "first" } as const;

/** Our boot files choose the kernel of a Raspberry Pi and what it is told; of other machines nothing of that changes, so it is asked at once. */
const booted = ({ device }: HostContext) =>
  ({ severity: "error", when: hostFacts[device.hardware].boot === "other" ? "first" : "after-boot" }) as const;

const machineProbes = (profile: KnownHardware): readonly Probe[] => [
  ...(boardIdentities[profile.name].compatible.length === 0
    ? []
    : [{ probe: "board", is: profile.name, ...fatal, why: "its boot files, reservations and power are those of this board" } as const]),
  { probe: "architecture", is: profile.architecture, ...fatal, why: `a ${profile.name} has it, and images are pulled for it` },
  { probe: "userland", is: profile.architecture, ...fatal, why: "K3s and the agent are programs of this architecture" },
  {
    probe: "possible-cpu-cores",
    least: profile.cpuCores,
    ...fatal,
    why: `a ${profile.name} has ${profile.cpuCores}, and reservations count on them`,
  },
  {
    probe: "memory",
    leastBytes: Math.floor(profile.memoryBytes * MEMORY_SHOWN_FRACTION),
    ...fatal,
    why: "reservations count on the memory of the data sheet, less what the firmware keeps",
  },
];

/** The kernel that the machine has booted. */
const kernelProbes = (context: HostContext): readonly Probe[] => [
  ...(context.device.host.ours
    ? ([
        { probe: "page-size", bytes: PAGE_BYTES, ...booted(context), why: "programs built with jemalloc abort on larger pages" },
        { probe: "cgroup-controller", name: "memory", ...booted(context), why: "no limit of memory has an effect" },
      ] as const)
    : []),
  ...(context.device.mesh === undefined
    ? []
    : [{ probe: "kernel-module", name: "wireguard", ...advice, why: "the mesh runs outside of the kernel, which is slower" } as const]),
  ...(context.node === undefined ? [] : nodeModules.map(({ name, why }): Probe => ({ probe: "kernel-module", name, ...booted(context), why }))),
];

/** What has to fit: the system or the data disk, with the swap file that lies there. */
const diskProbes = (context: HostContext): readonly Probe[] => {
  const { device, node } = context;
  if (!device.host.ours) return [];
  const disk = dataDisk(device);
  const leastBytes = (node === undefined ? ALONE_DISK_BYTES : NODE_DISK_BYTES) + device.host.swapBytes;
  const why = node === undefined ? "the agent keeps what it cannot send yet" : "K3s, its images and the logs of pods lie there";
  return [
    { probe: "disk", path: "/", leastBytes: disk === undefined ? leastBytes : ALONE_DISK_BYTES, leastFreeBytes: FREE_BYTES, ...fatal, why },
    ...(disk === undefined
      ? []
      : [
          {
            probe: "file-system-label",
            label: device.host.encrypt ? ENCRYPTED_LABEL : DATA_LABEL,
            leastBytes,
            ...fatal,
            why: `the data disk (${disk}) is found by it`,
          } as const,
        ]),
  ];
};

/** What comes with the image of the board's maker. */
const makerProbes = ({ device, node }: HostContext): readonly Probe[] => {
  const { boot, powerModes } = hostFacts[device.hardware];
  const toolkit = {
    probe: "program",
    name: "nvidia-ctk",
    least: "1.11.0",
    severity: "error",
    why: "K3s adds the GPU's runtime only where it finds it",
  } as const;
  return [
    ...(boot === "other"
      ? []
      : [
          {
            probe: "file",
            path: "/boot/firmware/cmdline.txt",
            or: "/boot/cmdline.txt",
            ...fatal,
            why: "the memory controller is switched on there",
          } as const,
        ]),
    ...(powerModes && device.powerWatts !== undefined
      ? [
          {
            probe: "power-mode",
            ...wantedPower(device.powerWatts, device.profile),
            ...fatal,
            why: "the board keeps its watts by one of its own modes",
          } as const,
        ]
      : []),
    ...(node !== undefined && hasGpu(device)
      ? ([
          { ...toolkit, package: "nvidia-container-toolkit", when: "first" },
          { ...toolkit, when: "after-boot" },
        ] as const)
      : []),
  ];
};

/** Everything that is asked of a machine, the general first. */
const probesOf = (context: HostContext): readonly Probe[] => {
  const { fleet, device, node } = context;
  const { profile, host } = device;
  return [
    ...(profile.kind === "known" && host.ours ? machineProbes(profile) : []),
    {
      probe: "membership",
      fleet: fleet.name,
      device: device.id,
      ...(node === undefined ? {} : { cluster: node.cluster.name }),
      ...fatal,
      why: "a machine has one place, and its keys and data are of that",
    },
    { probe: "clock", withinSeconds: CLOCK_SECONDS, ...fatal, why: "certificates are valid from a moment to another" },
    { probe: "clock-synchronised", ...advice, why: "a clock that follows nobody goes wrong again" },
    ...kernelProbes(context),
    ...diskProbes(context),
    ...makerProbes(context),
    ...(node === undefined
      ? []
      : [
          {
            probe: "default-route",
            ...advice,
            why: "K3s finds the node's address by it; a site without the internet needs one that leads nowhere",
          } as const,
        ]),
  ];
};

/** `preflight.yaml`, and the modules that a node loads at boot. */
export const preflightFiles = (context: HostContext): readonly HostFile[] => [
  {
    path: "preflight.yaml",
    from: "preflight.ts preflightFiles",
    notes: [
      "An error stops provisioning: what is missing is never silently left out. first: before anything is changed; after-boot: with the boot files in place.",
    ],
    body: yamlText({ probes: probesOf(context).map(({ probe, severity, when, why, ...wants }) => ({ probe, ...wants, severity, when, why })) }),
    install: { to: "/etc/fogline/preflight.yaml", how: "data", mode: "0644", after: "nothing" },
  },
  ...(context.node === undefined
    ? []
    : [
        {
          path: "modules/fogline.conf",
          from: "preflight.ts preflightFiles",
          body: nodeModules.map(({ name }) => `${name}\n`).join(""),
          install: copied("/etc/modules-load.d/fogline.conf", "load-modules"),
        },
      ]),
];
