// How far apart hub and agents may be while one after the other is upgraded: the hub first, then the devices, some of them weeks later.

/** What a program says of itself. */
export interface Release {
  /** `major.minor.patch`. */
  readonly version: string;
  /** Of the frames between agent and hub. */
  readonly protocol: number;
}

/**
 * `current`: nothing to do. `supported`: works, and is to be upgraded some day. `warn`: works, and somebody should act. `refuse`: the hub does not
 * take the agent. All but `current` come with the reason, which names both sides.
 */
export type Skew = { readonly state: "current" } | { readonly state: "supported" | "warn" | "refuse"; readonly reason: string };

/** How many minor versions an agent may be older than its hub. */
export const olderMinorsMax = 2;

const numbersOf = (version: string): { readonly major: number; readonly minor: number } | undefined => {
  const [, major, minor] = /^(\d{1,6})\.(\d{1,6})\.\d{1,6}(?:[-+].*)?$/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
};

/**
 * Whether an agent and a hub fit. The protocol decides above all; then an agent may be up to two minor versions older than the hub, and newer by
 * minor versions while the hub is behind, never of another major one. Patches do not count. A version that cannot be read is warned of and let in.
 */
export const versionSkew = (hub: Release, agent: Release): Skew => {
  const both = `the agent is ${agent.version}, the hub ${hub.version}`;
  if (agent.protocol !== hub.protocol) return { state: "refuse", reason: `the agent speaks protocol ${agent.protocol}, the hub ${hub.protocol}` };
  const [theirs, ours] = [numbersOf(agent.version), numbersOf(hub.version)];
  if (theirs === undefined || ours === undefined) return { state: "warn", reason: `${both}, which cannot be compared` };
  if (theirs.major > ours.major) return { state: "refuse", reason: `${both}: never newer by a major version; upgrade the hub first` };
  if (theirs.major < ours.major) return { state: "refuse", reason: `${both}: older by a major version; upgrade the agent` };
  const older = ours.minor - theirs.minor;
  if (older === 0) return { state: "current" };
  if (older < 0) return { state: "warn", reason: `${both}; the hub goes first, upgrade it` };
  if (older > olderMinorsMax)
    return { state: "refuse", reason: `${both}: ${older} minor versions older, at most ${olderMinorsMax} are supported; upgrade the agent` };
  if (older === olderMinorsMax) return { state: "warn", reason: `${both}, the oldest that it takes; upgrade the agent before the hub` };
  return { state: "supported", reason: `${both}` };
};
