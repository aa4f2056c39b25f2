import { HOST_FOLDER, hostFiles, isMember, knownHostsPath, peersOf } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { loadFleet } from "../render.ts";

/** What of a device is not the hub's, and what goes on with it after the hub has let it go. */
export interface Left {
  readonly id: string;
  /** Whether the fleet file has it, or may: who is not in its repository does not know, and knows nothing of the rest. */
  readonly inFleet: boolean;
  /** Whether `fogline bootstrap` sets it up. */
  readonly provisioned: boolean;
  readonly cluster?: string;
  /** Who has a line of the mesh to it. */
  readonly peers: readonly string[];
}

/** Reads that from the fleet file of this folder, where there is one. */
export const leftOf = async ({ repository }: Context, id: string, cluster: string | undefined): Promise<Left> => {
  const worktree = await Worktree.open(repository).catch(() => undefined);
  const { fleet } = worktree === undefined ? {} : await loadFleet(worktree);
  const device = fleet?.devices.find((one) => one.id === id);
  if (fleet === undefined || device === undefined) return { id, inFleet: fleet === undefined, provisioned: false, peers: [], ...inCluster(cluster) };
  const files = hostFiles(fleet);
  const isProvisioned = (one: string): boolean => files.has(`${HOST_FOLDER}/${one}/install.yaml`);
  const peers = isMember(device) ? peersOf(fleet, device).flatMap(({ device: peer }) => (isProvisioned(peer.id) ? [peer.id] : [])) : [];
  return { id, inFleet: true, provisioned: isProvisioned(id), peers, ...inCluster(cluster ?? device.cluster) };
};

const inCluster = (cluster: string | undefined): Pick<Left, "cluster"> => (cluster === undefined ? {} : { cluster });

/** A step: the command as it is typed, and what it is for. */
export interface Step {
  readonly command: string;
  readonly why: string;
}

/** The node of a board that is gone stands in the way of the next one with its name. */
const deleteNode = ({ id, cluster }: Left): readonly Step[] =>
  cluster === undefined ? [] : [{ command: `kubectl --context ${cluster} delete node ${id}`, why: `${cluster} forgets the old node` }];

const tellPeers = ({ peers }: Left, why: string): readonly Step[] =>
  peers.length === 0 ? [] : [{ command: `fogline bootstrap ${peers.join(" ")} --only wireguard`, why }];

const commit = (what: string): string => `fogline render && git commit -am "${what}"`;

/** What locks out a device that is gone from what others hold, in the order in which it is done. */
export const decommissionSteps = (left: Left): readonly Step[] => {
  const { id, inFleet, cluster } = left;
  return [
    ...(inFleet ? [{ command: `fogline device decommission ${id} --from-fleet`, why: "takes it out of the fleet file" }] : []),
    { command: `ssh-keygen -R ${id} -f ${knownHostsPath}`, why: "its host key is nobody's any more" },
    { command: commit(`${id} is gone`), why: "its files, and what others have of it" },
    ...tellPeers(left, "its peers in the mesh forget its key"),
    ...deleteNode(left),
    ...(cluster === undefined
      ? []
      : [
          { command: `fogline cluster init ${cluster} --new-key`, why: "who has the device has the keys of its cluster" },
          { command: `fogline secret rotate ${cluster}`, why: "the same" },
          ...(left.provisioned ? [{ command: `fogline cluster rotate-token ${cluster} --yes`, why: "and the token with which nodes join it" }] : []),
        ]),
  ];
};

/** What makes a new board the device. `enrol` is for one that `fogline bootstrap` does not set up. */
export const replaceSteps = (left: Left, enrol: string): readonly Step[] => {
  const { id, provisioned, peers } = left;
  if (!provisioned) return [{ command: enrol, why: "on the new board" }, ...deleteNode(left)];
  return [
    ...deleteNode(left),
    { command: `fogline device image ${id} --to <medium>`, why: "its system comes up with a host key and a token of its own" },
    { command: commit(`${id} is a new board`), why: "with its serial and mac, where the fleet file names them" },
    { command: `fogline bootstrap ${id}`, why: "sets it up; without an image add --accept-host-key" },
    ...(peers.length === 0 ? [] : [{ command: commit(`${id} has a new key of the mesh`), why: "which it has just made" }]),
    ...tellPeers({ ...left, peers: peers.length === 0 ? [] : [...peers, id] }, "it and its peers know each other"),
  ];
};
