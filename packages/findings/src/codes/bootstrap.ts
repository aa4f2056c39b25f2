import type { CodeEntry } from "../codes.ts";

/** FL408x to FL410x: setting machines up with `fogline bootstrap`. docs/bootstrap.md walks through it. */
export const bootstrapCodes = {
  FL4086: {
    title: "the agent of a machine does not stay up",
    remedy: "Read `journalctl -u fogline-agent` on the machine; its last lines are in the device's log.",
    handling: "stall",
  },
  FL4087: {
    title: "the hub refused the enrolment of a machine",
    remedy: "Run `fogline bootstrap` for the device again: it makes a new token. See that the machine's clock is right.",
    handling: "stall",
  },
  FL4088: {
    title: "what the agent needs is not on this machine",
    remedy: "Run `npm install`, or let this machine reach the npm registry once.",
    handling: "stall",
  },
  FL4090: {
    title: "there is no such device, cluster, ring, site or class",
    remedy: "Name devices by their id, by a pattern such as 'pi-*', or as cluster:<name>, ring:<name>, site:<name>, class:<name> or all.",
    handling: "stall",
  },
  FL4091: {
    title: "a device that Fogline does not set up",
    remedy: "Leave it out: phones and tablets have no system to set up, and machines of a managed or local cluster are somebody else's.",
    handling: "stall",
  },
  FL4092: {
    title: "bootstrap/generated is not what the fleet renders",
    remedy: "Run `fogline render`, read what changed, and commit it.",
    handling: "stall",
  },
  FL4093: {
    title: "Ansible cannot be used",
    remedy: "Run `npm run install:ansible`, or install ansible-core 2.19 so that `ansible-playbook` is on PATH.",
    handling: "stall",
  },
  FL4094: {
    title: "the state of the last bootstrap cannot be read",
    remedy: "Remove the file and run `fogline bootstrap` again: what was done already is found on the machines and stays.",
    handling: "stall",
  },
  FL4095: {
    title: "another bootstrap is going on",
    remedy: "Wait for it, or end the process that is named.",
    handling: "wait",
  },
  FL4096: {
    title: "there is nothing to go on with",
    remedy: "Run `fogline bootstrap` without --resume.",
    handling: "stall",
  },
  FL4097: {
    title: "the set-up of a machine was interrupted",
    remedy: "Run `fogline bootstrap --resume`.",
    handling: "retry",
  },
  FL4098: {
    title: "a machine waits for the server of its cluster",
    remedy: "Correct what stopped the server, then run `fogline bootstrap --resume`.",
    handling: "wait",
  },
  FL4099: {
    title: "Ansible ended without saying why",
    remedy: "Read the device's log, which has all that it wrote.",
    handling: "stall",
  },
  FL4100: {
    title: "a machine cannot be reached",
    remedy: "See that it is on and in the network, that its address in the fleet file is right, and that its SSH server runs.",
    handling: "retry",
  },
  FL4101: {
    title: "a machine shows another host key than the one that is written down",
    remedy:
      "Find out why before you go on: somebody may answer in its place. If the board was flashed anew, read the fingerprint on it (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`) and give it with --accept-host-key.",
    handling: "stall",
  },
  FL4102: {
    title: "no host key of a machine is written down",
    remedy:
      "`fogline device image` and `fogline device claim` write it into clusters/facts/known_hosts. Else read the fingerprint on the machine (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`) and give it with --accept-host-key.",
    handling: "stall",
  },
  FL4103: {
    title: "a machine does not let this user sign in",
    remedy: "Put your public key into the user's authorized_keys there, or name another user with `host.ssh.user` in the fleet file.",
    handling: "stall",
  },
  FL4104: {
    title: "a machine cannot be set up as it is",
    remedy: "Install python3 (3.8 or newer) and sudo on it, and let the user become root without a password.",
    handling: "stall",
  },
  FL4105: {
    title: "the clock of a machine is wrong",
    remedy: "Set it (`timedatectl set-time`), or let the machine reach a time server: certificates and tokens are valid at their times only.",
    handling: "stall",
  },
  FL4106: {
    title: "a machine is another device, or belongs to another cluster or fleet",
    remedy: "See that the address is right. To give the machine another place, decommission it in its present one, or install it anew.",
    handling: "stall",
  },
  FL4107: {
    title: "a file that says who a machine is was written by halves",
    remedy: "Look at the file on the machine, and remove it if the machine is the one that you mean.",
    handling: "stall",
  },
  FL4108: {
    title: "a machine needs an enrolment token, and none can be made",
    remedy: "Start the hub or sign in to it (`fogline login`), or run with --without-agent and enrol the device later.",
    handling: "stall",
  },
  FL4109: {
    title: "a step of the set-up failed",
    remedy: "Read the device's log; after the correction run `fogline bootstrap --resume`.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
