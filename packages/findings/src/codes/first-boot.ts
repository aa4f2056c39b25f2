import type { CodeEntry } from "../codes.ts";

/** FL413x and FL414x: blank boards, from the card that makes them a device to claiming one that nobody knows. docs/first-boot.md walks through it. */
export const firstBootCodes = {
  FL4130: {
    title: "there is nothing to make an image for",
    remedy: "Name a device of the fleet file whose hardware boots an image; `fogline fleet show` lists them.",
    handling: "stall",
  },
  FL4131: {
    title: "nobody could sign in on the machine",
    remedy: "Add an SSH public key to `access.keys` of the fleet file, or name its file with --ssh-key.",
    handling: "stall",
  },
  FL4132: {
    title: "too little is known of the machine's network",
    remedy: "State its network at the site, its MAC address, or take the address from DHCP with --dhcp.",
    handling: "stall",
  },
  FL4133: {
    title: "the place to write to is not this device's",
    remedy: "Mount the boot partition of the right card, and name it with --to.",
    handling: "stall",
  },
  FL4134: {
    title: "other files are in the place to write to",
    remedy: "See what they are; --force replaces them. An image that was made before for the same device then keeps its host key.",
    handling: "stall",
  },
  FL4135: {
    title: "a program is missing that images are made with",
    remedy: "Install it; docs/first-boot.md lists what is needed.",
    handling: "stall",
  },
  FL4136: {
    title: "the file with the wireless network cannot be used",
    remedy: "Write ssid, password and country into it, and let nobody else read it: `chmod 600`.",
    handling: "stall",
  },
  FL4140: {
    title: "no such board answers",
    remedy:
      "See that it is on the same network and has power, and give it a minute after its first boot; `fogline device discover --seconds 30` waits longer. Routers and VLANs do not pass mDNS on.",
    handling: "retry",
  },
  FL4141: {
    title: "the board or the slot is taken",
    remedy: "Claim another slot, or take the old serial and mac out of the fleet file first.",
    handling: "stall",
  },
  FL4142: {
    title: "the board is not the hardware of the slot",
    remedy: "Claim a slot of its hardware and memory, or correct `hardware` in the fleet file.",
    handling: "stall",
  },
  FL4143: {
    title: "two boards say that they are the same one",
    remedy: "Switch one of them off and look again: one of the two is not what it says. What it says is not to be trusted until you know which.",
    handling: "stall",
  },
  FL4144: {
    title: "the board does not prove that it started from a card of this fleet",
    remedy: "Claim it where its card was made, or read the fingerprint of its host key at its screen and name it: --fingerprint SHA256:...",
    handling: "stall",
  },
  FL4145: {
    title: "the invitation of the board's card has ended",
    remedy:
      "Make the card anew with `fogline device image --unclaimed`, or read the fingerprint of its host key at its screen and name it: --fingerprint SHA256:...",
    handling: "stall",
  },
  FL4146: {
    title: "board and fleet file have different addresses",
    remedy: "Say whose counts: --address board or --address fleet.",
    handling: "stall",
  },
  FL4147: {
    title: "another host key is known of the device",
    remedy: "If the board was replaced, remove the device's line from clusters/facts/known_hosts and claim again.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
