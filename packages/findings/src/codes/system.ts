import type { CodeEntry } from "../codes.ts";

/** FL4170 to FL4179: the system of a device as the roles common, storage and wireguard set it up. Those without a finding here are messages of the roles. */
export const systemCodes = {
  FL4170: {
    title: "the public keys of the mesh cannot be read",
    remedy: "Take clusters/facts/wireguard.yaml from a commit that you trust, or remove the line: provisioning writes the key of a device anew.",
    handling: "stall",
  },
  FL4171: {
    title: "a firewall that would have cut the device off",
    remedy:
      "Nothing is lost: the device took its old rules back by itself. Look at bootstrap/generated/<device>/firewall/fogline.nft; the port of SSH must be open to where you provision from.",
    handling: "stall",
  },
  FL4172: {
    title: "settings of SSH that would have locked everybody out",
    remedy:
      "Nothing is lost: the device took its old settings back. Log in with a key, not a password, and put the public key into bootstrap/admins/<user>.pub.",
    handling: "stall",
  },
  FL4173: {
    title: "a disk that is not empty",
    remedy:
      "Look at what is on it. To give it up, run `wipefs --all` on the device yourself; to keep it, label its ext4 file system with `e2label <disk> fogline-data`.",
    handling: "stall",
  },
  FL4174: {
    title: "a device without its data disk",
    remedy:
      "Plug it in, or name the empty disk that shall become it: `fogline bootstrap <device> --data-disk <device>=/dev/disk/by-id/...`. Of several with the label fogline-data keep one.",
    handling: "stall",
  },
  FL4175: {
    title: "a file of public keys that cannot be used",
    remedy: "Give bootstrap/admins/<user>.pub lines as `ssh-keygen` writes them: type, key and a comment. Name the file as the user is to be named.",
    handling: "stall",
  },
  FL4176: {
    title: "a data disk that is encrypted where it should not be, or the other way round",
    remedy: "Fogline does not convert disks: copy what is on it away, empty it with `wipefs --all`, and name it as an empty disk.",
    handling: "stall",
  },
  FL4177: {
    title: "a device with another key of the mesh than the fleet knows",
    remedy: "Run `fogline render`, commit, and provision the role wireguard again on it and its peers.",
    handling: "wait",
  },
  FL4178: {
    title: "a device that is not in the mesh, or has no key there yet",
    remedy:
      "`mesh: {}` in the fleet file makes a mesh, and `mesh: true` lets somebody's machine in. `fogline bootstrap <device>` makes the first key.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
