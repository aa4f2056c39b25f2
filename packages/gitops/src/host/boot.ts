import { hostFacts } from "@fogline/fleet";
import type { HostContext } from "./context.ts";
import { copied, type HostFile, sectionsOf } from "./file.ts";

/** The kernel of Raspberry Pi OS with pages of 4 KiB. Ubuntu has no such file, and its kernel has small pages anyway. */
const SMALL_PAGES_KERNEL = "/boot/firmware/kernel8.img";
/** Memory that the Pi 4's firmware keeps for its GPU: without a screen the least, with a camera what its codecs take. */
const GPU_MEGABYTES = { screenless: 16, camera: 128 };

/** What the machine boots with, and what resets it when it hangs. */
export const bootFiles = (context: HostContext): readonly HostFile[] => [
  ...piConfig(context),
  ...piPages(context),
  ...piCommandLine(context),
  ...watchdog(context),
];

const hasCamera = ({ node }: HostContext): boolean =>
  node?.targets.some(({ devices }) => devices.some((path) => path.startsWith("/dev/video"))) ?? false;

const piConfig = (context: HostContext): readonly HostFile[] => {
  const { boot } = hostFacts[context.device.hardware];
  if (boot === "other") return [];
  const megabytes = hasCamera(context) ? GPU_MEGABYTES.camera : GPU_MEGABYTES.screenless;
  // A Pi 5 gives its GPU memory as it is asked for and ignores the setting.
  const memory = boot === "pi-4" ? `gpu_mem=${megabytes}\n` : "";
  return [
    {
      path: "boot/config.txt",
      from: "boot.ts piConfig",
      body: `[all]\narm_64bit=1\ndtparam=watchdog=on\n${memory}`,
      install: { to: "/boot/firmware/config.txt", how: "block", mode: "0644", after: "reboot" },
    },
  ];
};

/** Raspberry Pi OS boots a Pi 5 with pages of 16 KiB, and programs built with jemalloc for smaller ones abort: Fluent Bit is one. */
const piPages = ({ device }: HostContext): readonly HostFile[] =>
  hostFacts[device.hardware].boot === "pi-5"
    ? [
        {
          path: "boot/config-pages.txt",
          from: "boot.ts piPages",
          notes: ["Pages of 4 KiB instead of 16 KiB, with which programs built with jemalloc abort. Only where this kernel exists."],
          body: "[all]\nkernel=kernel8.img\n",
          install: { to: "/boot/firmware/config.txt", how: "block", mode: "0644", after: "reboot", onlyIf: SMALL_PAGES_KERNEL },
        },
      ]
    : [];

/** What switches the memory controller on, and the one for CPU sets of older kernels. */
export const piCommandLineWords: readonly string[] = ["cgroup_memory=1", "cgroup_enable=memory", "cgroup_enable=cpuset"];

/** The Pi's kernel has the memory controller switched off, without which neither Kubernetes nor systemd can limit anything. */
const piCommandLine = ({ device }: HostContext): readonly HostFile[] =>
  hostFacts[device.hardware].boot === "other"
    ? []
    : [
        {
          path: "boot/cmdline.txt",
          from: "boot.ts piCommandLine",
          notes: ["Words for the one line of the file on the boot partition; those already there are not added again."],
          body: `${piCommandLineWords.join(" ")}\n`,
          install: { to: "/boot/firmware/cmdline.txt", how: "words", mode: "0644", after: "reboot" },
        },
      ];

const watchdog = ({ device }: HostContext): readonly HostFile[] => {
  const { watchdogSeconds } = hostFacts[device.hardware];
  if (watchdogSeconds === 0 || !device.host.ours) return [];
  return [
    {
      path: "boot/watchdog.conf",
      from: "boot.ts watchdog",
      body: sectionsOf({ Manager: [["RuntimeWatchdogSec", `${watchdogSeconds}s`]] }),
      install: copied("/etc/systemd/system.conf.d/fogline-watchdog.conf", "reload-systemd"),
    },
  ];
};
