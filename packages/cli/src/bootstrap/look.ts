import { hostKeysOf, type Looked, lookAt, type SshTarget } from "@fogline/ansible";
import type { Device, Fleet } from "@fogline/fleet";
import { type Observed, sshHostOf } from "@fogline/gitops";
import { readOwner } from "./owner-file.ts";

/** How often a machine that does not answer is looked at. */
const ATTEMPTS_MAX = 3;

/** How a device is reached. */
export const sshTargetOf = (device: Device, fleet: Fleet): SshTarget => ({ device: device.id, host: sshHostOf(device, fleet), ...device.host.ssh });

export interface LookOptions {
  readonly fleet: Fleet;
  /** The file of known host keys, and its text. */
  readonly knownHosts: string;
  readonly knownHostsText: string;
  readonly parallel: number;
  readonly now: () => number;
}

/** Looks at each device, several at once, and changes nothing. */
export const lookAtAll = async (devices: readonly Device[], options: LookOptions): Promise<ReadonlyMap<string, Observed>> => {
  const observed = new Map<string, Observed>();
  const waiting = [...devices];
  const lane = async (): Promise<void> => {
    for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) observed.set(device.id, await lookAtOne(device, options));
  };
  await Promise.all(Array.from({ length: options.parallel }, lane));
  return observed;
};

const lookAtOne = async (device: Device, { fleet, knownHosts, knownHostsText, now }: LookOptions): Promise<Observed> => {
  const known = hostKeysOf(knownHostsText, device.id).map(({ fingerprint }) => fingerprint);
  return asObserved(await lookAt(sshTargetOf(device, fleet), { knownHosts, known, attemptsMax: ATTEMPTS_MAX, now }));
};

const asObserved = (looked: Looked): Observed => {
  if (looked.kind === "unseen") return looked;
  const { identityText, ...seen } = looked;
  return { ...seen, owner: identityText === undefined ? "none" : readOwner(identityText) };
};
