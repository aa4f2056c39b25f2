import { hostFacts, type KnownHardware } from "@fogline/fleet";
import { hasGpu, yamlText } from "@fogline/manifests";
import { dataDisk, type HostContext } from "./context.ts";
import { copied, type HostFile } from "./file.ts";
import { DATA_LABEL, ENCRYPTED_LABEL } from "./storage.ts";

/**
 * One thing that is asked of a machine: `first` before anything is changed on it, `after-boot` once it has booted with the rendered boot files, which
 * may be what makes the answer right.
 */
type Probe = { readonly severity: "error" | "warning"; readonly when: "first" | "after-boot"; readonly why: string } & (
  | { readonly probe: "architecture"; readonly is: string }
  // Those that the kernel could run, not those that run: a Jetson's power mode switches some of them off.
  | { readonly probe: "possible-cpu-cores"; readonly least: number }
  | { readonly probe: "memory"; readonly leastBytes: number }
  | { readonly probe: "page-size"; readonly bytes: number }
  | { readonly probe: "kernel-module"; readonly name: string }
  | { readonly probe: "cgroup-controller"; readonly name: string }
  | { readonly probe: "file"; readonly path: string }
  | { readonly probe: "program"; readonly name: string; readonly least: string }
  | { readonly probe: "file-system-label"; readonly label: string }
  | { readonly probe: "clock-synchronised" }
);

/** What the firmware and the kernel keep of the memory on the data sheet, at most. */
const MEMORY_SHOWN_FRACTION = 0.9;
const PAGE_BYTES = 4096;

/** Modules that a node loads at boot, and what is missing without each. Tegra kernels lack some of them. */
const nodeModules = [
  { name: "br_netfilter", why: "packets between pods pass no rule of the firewall" },
  { name: "overlay", why: "containers have no file system" },
  { name: "xt_comment", why: "NetworkPolicy is not enforced" },
  { name: "ip_set", why: "NetworkPolicy is not enforced" },
  { name: "vxlan", why: "pods reach no pod of another node" },
] as const;

const fatal = { severity: "error", when: "first" } as const;
const booted = { severity: "error", when: "after-boot" } as const;
const advice = { severity: "warning", when: "first" } as const;

const machineProbes = (profile: KnownHardware): readonly Probe[] => [
  { probe: "architecture", is: profile.architecture, ...fatal, why: `a ${profile.name} has it, and images are pulled for it` },
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

/** Everything that is asked of a machine, the general first. */
const probesOf = ({ device, node }: HostContext): readonly Probe[] => {
  const { profile, host, powerWatts } = device;
  const disk = dataDisk(device);
  const needsModes = hostFacts[device.hardware].powerModes && powerWatts !== undefined;
  return [
    ...(profile.kind === "known" && host.ours ? machineProbes(profile) : []),
    { probe: "clock-synchronised", ...advice, why: "certificates are valid from a moment to another" },
    ...(host.ours
      ? ([
          { probe: "page-size", bytes: PAGE_BYTES, ...booted, why: "programs built with jemalloc abort on larger pages" },
          { probe: "cgroup-controller", name: "memory", ...booted, why: "no limit of memory has an effect" },
        ] as const)
      : []),
    ...(device.mesh === undefined
      ? []
      : [{ probe: "kernel-module", name: "wireguard", ...advice, why: "the mesh runs outside of the kernel, which is slower" } as const]),
    ...(node === undefined ? [] : nodeModules.map(({ name, why }): Probe => ({ probe: "kernel-module", name, ...booted, why }))),
    ...(disk === undefined
      ? []
      : [
          {
            probe: "file-system-label",
            label: host.encrypt ? ENCRYPTED_LABEL : DATA_LABEL,
            ...fatal,
            why: `the data disk (${disk}) is found by it`,
          } as const,
        ]),
    ...(needsModes ? [{ probe: "file", path: "/etc/nvpmodel.conf", ...fatal, why: "the power mode is looked up there" } as const] : []),
    ...(node !== undefined && hasGpu(device)
      ? [
          {
            probe: "program",
            name: "nvidia-ctk",
            least: "1.11.0",
            ...fatal,
            why: "K3s adds the GPU's runtime only where it finds it",
          } as const,
        ]
      : []),
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
