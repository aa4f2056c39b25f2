import type { ConnectivityProfile } from "@fogline/fleet";

/** What a change puts on the line of one place. */
export interface LinkLoad {
  readonly site: string;
  readonly profile: string;
  readonly clusters: readonly string[];
  readonly bytes: number;
  readonly atMost: boolean;
  /** True when some images are of unknown size, so that it is more. */
  readonly incomplete: boolean;
  /** Absent where images are carried as a bundle and nothing is pulled over the line. */
  readonly durationMs?: number;
  /** Of the traffic allowed in a day; absent where nothing is counted. */
  readonly budgetFraction?: number;
}

const SECOND_MS = 1000;

/** How long bytes take on a line of its own bandwidth; `undefined` where nothing is pulled over it. */
export const pullTimeMs = (bytes: number, { source, bandwidthBytesPerSecond }: ConnectivityProfile): number | undefined =>
  source === "bundle" ? undefined : Math.ceil((bytes / bandwidthBytesPerSecond) * SECOND_MS);

export interface ClusterLoad {
  readonly cluster: string;
  readonly site: string;
  readonly profile: ConnectivityProfile;
  readonly bytes: number;
  readonly atMost: boolean;
  readonly incomplete: boolean;
}

/** Loads by site and profile: clusters of a site with one profile share its line, and each of their devices pulls for itself. */
export const linksOf = (loads: readonly ClusterLoad[]): readonly LinkLoad[] =>
  [
    ...Map.groupBy(
      loads.filter(({ bytes, incomplete }) => bytes > 0 || incomplete),
      ({ site, profile }) => `${site} ${profile.name}`,
    ),
  ].flatMap(([, shared]) => {
    const [first] = shared;
    if (first === undefined) return [];
    const bytes = shared.reduce((sum, load) => sum + load.bytes, 0);
    const incomplete = shared.some((load) => load.incomplete);
    const { profile, site } = first;
    const durationMs = pullTimeMs(bytes, profile);
    const budget = profile.budgetBytesPerDay;
    return [
      {
        site,
        profile: profile.name,
        clusters: shared.map(({ cluster }) => cluster),
        bytes,
        atMost: shared.some(({ atMost }) => atMost),
        incomplete,
        ...(durationMs === undefined ? {} : { durationMs }),
        ...(budget === undefined ? {} : { budgetFraction: bytes / budget }),
      },
    ];
  });
