import { kubeletSysctl, networkSysctl } from "@fogline/fleet";
import { type HostContext, hasFragileData } from "./context.ts";
import { byName, copied, type HostFile, sectionsOf } from "./file.ts";

/** Compressed memory as swap, and the kernel's settings. */
export const memoryFiles = (context: HostContext): readonly HostFile[] => [...compressedSwap(context), ...kernelSettings(context)];

const compressedSwap = ({ device: { host } }: HostContext): readonly HostFile[] =>
  host.zramFraction === 0
    ? []
    : [
        {
          path: "memory/zram-generator.conf",
          from: "memory.ts compressedSwap",
          notes: ["lz4: little processor time for each page, which matters more on these boards than the last percent."],
          body: sectionsOf({
            zram0: [
              // The keys of before version 1, which Ubuntu 22.04 has; it ignores the newer ones, and later versions still take these.
              ["zram-fraction", String(host.zramFraction)],
              ["max-zram-size", "none"],
              ["compression-algorithm", "lz4"],
              ["swap-priority", "100"],
            ],
          }),
          install: copied("/etc/systemd/zram-generator.conf", "reload-systemd"),
          packages: ["systemd-zram-generator"],
        },
      ];

/** Kernel settings by name: what the role needs, what the medium wants, and what the fleet file states, which wins. */
const settingsOf = (context: HostContext): Record<string, string> => {
  const { device, node } = context;
  const { host } = device;
  if (!host.ours) return { ...host.sysctl };
  return byName({
    // Compressed memory is faster than reading a program's pages from disk again; a swap file is not.
    "vm.swappiness": host.zramFraction > 0 ? "100" : "10",
    // Fewer and larger writes, at the price of at most a minute that a power cut takes.
    ...(hasFragileData(device) ? { "vm.dirty_expire_centisecs": "6000", "vm.dirty_writeback_centisecs": "1500" } : {}),
    "fs.inotify.max_user_instances": "1024",
    "fs.inotify.max_user_watches": "524288",
    ...(node === undefined ? {} : { ...kubeletSysctl, ...networkSysctl }),
    ...host.sysctl,
  });
};

const kernelSettings = (context: HostContext): readonly HostFile[] => {
  const settings = Object.entries(settingsOf(context));
  if (settings.length === 0) return [];
  return [
    {
      path: "memory/90-fogline.conf",
      from: "memory.ts kernelSettings",
      body: settings.map(([name, value]) => `${name} = ${value}\n`).join(""),
      install: copied("/etc/sysctl.d/90-fogline.conf", "load-sysctl"),
    },
  ];
};
