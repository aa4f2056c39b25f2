import type { CodeEntry } from "../codes.ts";

/** FL4111 to FL4119: a machine is not what the fleet says, seen before anything on it was changed. docs/boards.md. */
export const preflightCodes = {
  FL4111: {
    title: "a machine is a board that Fogline does not know",
    remedy:
      "Find out what answers at that address. For a board that is meant to be there, add it as docs/new-hardware.md says, or state `hardware: detected`.",
    handling: "stall",
  },
  FL4112: {
    title: "a machine's kernel lacks what a node needs",
    remedy:
      "On a Raspberry Pi, `cgroup_memory=1 cgroup_enable=memory` belongs in the one line of /boot/firmware/cmdline.txt; elsewhere take `cgroup_disable=memory` out of the kernel's command line, and reboot. Where a module is missing, install the kernel's extra modules, or an image whose kernel has it.",
    handling: "stall",
  },
  FL4113: {
    title: "a machine is another board than the fleet says, or has other memory",
    remedy: "Correct `hardware` in the fleet file and render, or put the right board into the slot.",
    handling: "stall",
  },
  FL4114: {
    title: "a machine's kernel or its programs are of another architecture",
    remedy:
      "Flash the 64-bit image of its operating system. A 64-bit kernel alone is not enough: containers would be of its architecture and programs of the other.",
    handling: "stall",
  },
  FL4115: {
    title: "a machine has another page size than programs are built for",
    remedy: "On a Pi 5, `kernel=kernel8.img` in /boot/firmware/config.txt boots pages of 4 KiB, where the image has that kernel. Reboot.",
    handling: "stall",
  },
  FL4116: {
    title: "a machine belongs to another fleet, slot or cluster",
    remedy:
      "See whether the address is right. To give the machine another place, take it out of the one it has first: decommission it there, or uninstall K3s, and remove /etc/fogline/identity.yaml.",
    handling: "stall",
  },
  FL4117: {
    title: "a machine's disk is missing, too small or full",
    remedy: "Attach or enlarge the disk, or make room. A data disk is found by the label of its file system, fogline-data.",
    handling: "stall",
  },
  FL4118: {
    title: "a machine's clock is wrong",
    remedy: "Set it, and let it follow a time server: with a wrong clock no certificate is valid.",
    handling: "stall",
  },
  FL4119: {
    title: "a machine lacks a file, program or setting of its maker",
    remedy: "Install what is named from the maker's own packages, or flash its image again.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
