import type { DataMedium, StorageMedium } from "@fogline/fleet";
import { dataDisk, type HostContext, systemMedium } from "./context.ts";
import { copied, type HostFile, sectionsOf } from "./file.ts";

/** The label of the data disk's file system, by which it is found wherever it is plugged in. */
export const DATA_LABEL = "fogline-data";
/** The label of the LUKS header, where the disk is encrypted: what is inside has the label above. */
export const ENCRYPTED_LABEL = "fogline-luks";
/** Readable by root only, made on the device: whoever gets the data disk alone cannot read it. */
const DATA_KEY = "/etc/fogline/data.key";
const DATA_FOLDER = "/data";

/** What is written often, by where programs expect it, and its directory on the data disk. Only nodes have the first three. */
const moved = [
  { path: "/var/lib/rancher", unit: "var-lib-rancher.mount", source: `${DATA_FOLDER}/rancher`, nodeOnly: true },
  { path: "/var/lib/kubelet", unit: "var-lib-kubelet.mount", source: `${DATA_FOLDER}/kubelet`, nodeOnly: true },
  { path: "/var/log/pods", unit: "var-log-pods.mount", source: `${DATA_FOLDER}/pod-logs`, nodeOnly: true },
  { path: "/var/lib/fogline", unit: "var-lib-fogline.mount", source: `${DATA_FOLDER}/fogline`, nodeOnly: false },
] as const;

const movedOn = ({ node }: HostContext) => moved.filter(({ nodeOnly }) => node !== undefined || !nodeOnly);

/** Directories that provisioning makes on the data disk before it starts the units. */
export const dataDirectories = (context: HostContext): readonly string[] =>
  dataDisk(context.device) === undefined ? [] : movedOn(context).map(({ source }) => source);

/** Where the swap file is, and how large; nothing where none is stated. */
export const swapFile = ({ device }: HostContext): { readonly path: string; readonly bytes: number } | undefined => {
  if (device.host.swapBytes === 0) return undefined;
  return { path: dataDisk(device) === undefined ? "/swapfile" : `${DATA_FOLDER}/swapfile`, bytes: device.host.swapBytes };
};

/** The data disk with what lies on it, the swap file, and how the kernel orders requests to each disk. */
export const storageFiles = (context: HostContext): readonly HostFile[] => [
  ...encryption(context),
  ...dataMounts(context),
  ...k3sNeedsData(context),
  ...swapUnit(context),
  ...schedulers(context),
];

const unit = (name: string, sections: Parameters<typeof sectionsOf>[0], from: string): HostFile => ({
  path: `storage/${name}`,
  from: `storage.ts ${from}`,
  body: sectionsOf(sections),
  install: copied(`/etc/systemd/system/${name}`, "reload-systemd"),
});

/** Paths stay where programs and people expect them; the disk is mounted below. Without the disk nothing is mounted, and K3s does not start. */
const dataMounts = (context: HostContext): readonly HostFile[] => {
  if (dataDisk(context.device) === undefined) return [];
  const wanted = { Install: [["WantedBy", "multi-user.target"]] } as const;
  const disk = unit(
    "data.mount",
    {
      Unit: [["Description", "The data disk"]],
      Mount: [
        ["What", `/dev/disk/by-label/${DATA_LABEL}`],
        ["Where", DATA_FOLDER],
        ["Options", "noatime,errors=remount-ro"],
      ],
      ...wanted,
    },
    "dataMounts",
  );
  const binds = movedOn(context).map(({ path, unit: name, source }) =>
    unit(
      name,
      {
        Unit: [
          ["Description", `${path} on the data disk`],
          ["RequiresMountsFor", DATA_FOLDER],
        ],
        Mount: [
          ["What", source],
          ["Where", path],
          ["Type", "none"],
          ["Options", "bind"],
        ],
        ...wanted,
      },
      "dataMounts",
    ),
  );
  return [disk, ...binds];
};

/** Opened at boot. `nofail`: a device without its data disk still starts, and can be reached. */
const encryption = ({ device }: HostContext): readonly HostFile[] =>
  !device.host.encrypt
    ? []
    : [
        {
          path: "storage/crypttab",
          from: "storage.ts encryption",
          body: `${DATA_LABEL} LABEL=${ENCRYPTED_LABEL} ${DATA_KEY} luks,discard,nofail\n`,
          install: { to: "/etc/crypttab", how: "block", mode: "0644", after: "reload-systemd" },
          packages: ["cryptsetup"],
        },
      ];

/** Else K3s would start an empty cluster on the system's medium when the disk is missing. */
const k3sNeedsData = (context: HostContext): readonly HostFile[] => {
  const { device, node } = context;
  if (node === undefined || dataDisk(device) === undefined) return [];
  const service = node.serves ? "k3s" : "k3s-agent";
  const paths = movedOn(context).flatMap(({ path, nodeOnly }) => (nodeOnly ? [path] : []));
  return [
    {
      path: `storage/${service}.service.d/fogline-data.conf`,
      from: "storage.ts k3sNeedsData",
      body: sectionsOf({ Unit: [["RequiresMountsFor", paths.join(" ")]] }),
      install: copied(`/etc/systemd/system/${service}.service.d/fogline-data.conf`, "reload-systemd"),
    },
  ];
};

/** Used after the compressed memory, which has the higher priority. */
const swapUnit = (context: HostContext): readonly HostFile[] => {
  const file = swapFile(context);
  if (file === undefined) return [];
  const name = `${file.path.slice(1).replaceAll("/", "-")}.swap`;
  return [
    unit(
      name,
      {
        Unit: [["Description", "The swap file"]],
        Swap: [
          ["What", file.path],
          ["Priority", "10"],
        ],
        Install: [["WantedBy", "swap.target"]],
      },
      "swapUnit",
    ),
  ];
};

interface DiskRule {
  /** How the kernel names disks of this medium. */
  readonly kernel: string;
  readonly scheduler: "none" | "mq-deadline";
  readonly why: string;
}

const card: DiskRule = { kernel: "mmcblk[0-9]", scheduler: "mq-deadline", why: "one slow queue: reads must not wait for a burst of writes" };
const fast: DiskRule = { kernel: "nvme[0-9]*n[0-9]*", scheduler: "none", why: "it has queues of its own, and ordering them again costs time" };
const disk: DiskRule = { kernel: "sd[a-z]", scheduler: "mq-deadline", why: "one queue: reads must not wait for a burst of writes" };

/** How requests to each medium are ordered. Total: a new medium does not compile until it has a row. */
const diskRules: { readonly [Medium in StorageMedium | DataMedium]: DiskRule } = {
  microsd: card,
  emmc: card,
  flash: card,
  nvme: fast,
  ssd: disk,
  "usb-ssd": disk,
};

const schedulers = ({ device }: HostContext): readonly HostFile[] => {
  if (!device.host.ours) return [];
  const media = [systemMedium(device), dataDisk(device)].filter((medium) => medium !== undefined);
  const rules = [...new Set(media.map((medium) => diskRules[medium]))];
  if (rules.length === 0) return [];
  return [
    {
      path: "storage/60-fogline-disks.rules",
      from: "storage.ts schedulers",
      body: rules
        .map(({ kernel, scheduler, why }) => {
          const match = `ACTION=="add|change", SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", KERNEL=="${kernel}"`;
          return `# ${scheduler}: ${why}.\n${match}, ATTR{queue/scheduler}="${scheduler}"\n`;
        })
        .join(""),
      install: copied("/etc/udev/rules.d/60-fogline-disks.rules", "reload-udev"),
    },
  ];
};
