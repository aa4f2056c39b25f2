import { formatDurationMs } from "@fogline/units";
import type { DeviceState } from "./capabilities.ts";
import { powerThresholds } from "./thresholds.ts";

// Why a device is away, from what a hub knows of it. Nobody can ask the device itself, so every cause names what speaks for it.

/** What a hub knows. Times are the hub's wall clock. */
export interface OfflineFacts {
  readonly nowMs: number;
  readonly id: string;
  readonly site: string;
  readonly status: "never-seen" | "online" | "suspect" | "offline";
  readonly statusSinceMs: number;
  /** Why the status is what it is. */
  readonly reason: string;
  readonly lastSeenAtMs: number | null;
  /** What it last said of itself; null when it never did. */
  readonly state: DeviceState | null;
  /** How its last connection ended, and when; null when that is not known any more. */
  readonly lost: { readonly atMs: number; readonly reason: string } | null;
  /** Newest first. */
  readonly certificates: readonly { readonly notAfterMs: number; readonly revokedAtMs: number | null }[];
  /** How long after its end a certificate can be followed by another. */
  readonly renewalGraceMs: number;
  /** The newest enrolment token of its slot. */
  readonly enrolment: { readonly expiresAtMs: number; readonly usedAtMs: number | null } | null;
  /** When it last came and was sent away, and why. */
  readonly refused: { readonly atMs: number; readonly code: string; readonly message: string } | null;
  /** The other devices of its site that were ever there. */
  readonly neighbours: readonly { readonly id: string; readonly online: boolean; readonly sinceMs: number }[];
}

export type OfflineCause =
  | "online"
  | "never-enrolled"
  | "token-waits"
  | "token-expired"
  | "never-came"
  | "revoked"
  | "version"
  | "certificate-ended"
  | "refused"
  | "clock"
  | "goodbye"
  | "hub-restarted"
  | "site"
  | "battery"
  | "heat"
  | "disk"
  | "link"
  | "alone"
  | "unknown";

export interface OfflineReason {
  readonly cause: OfflineCause;
  /** The answer, in a sentence without its end. */
  readonly answer: string;
  /** What speaks for it. */
  readonly because: readonly string[];
  /** What to do, the most likely first. */
  readonly next: readonly string[];
}

export interface OfflineExplanation extends OfflineReason {
  /** What may have to do with it, too. */
  readonly also: readonly string[];
}

/** Clocks that differ by more than this make certificates invalid, one way or the other. */
const clockMsMax = 300_000;
/** Devices that left so close together had one cause. */
const togetherMs = 180_000;
const storageFreeBytesMin = 64 * 1_048_576;
const namedMax = 3;

const lasting = (ms: number): string => {
  const unit = [86_400_000, 3_600_000, 60_000, 1_000].find((one) => ms >= one) ?? 1_000;
  return formatDurationMs(Math.max(unit, Math.floor(ms / unit) * unit));
};
const day = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
const named = (ids: readonly string[]): string =>
  ids.length <= namedMax ? ids.join(", ") : `${ids.slice(0, namedMax).join(", ")} and ${ids.length - namedMax} more`;
const newToken = (id: string): string => `fogline device enrol ${id}, and type on the device what that prints`;

type Rule = (facts: OfflineFacts) => OfflineReason | undefined;

const neverSeen: Rule = ({ id, status, enrolment, nowMs, certificates }) => {
  if (status !== "never-seen") return undefined;
  if (certificates.length > 0) {
    const answer = `${id} has enrolled, but its agent never said hello`;
    const next = [`look at the agent's log on the device: journalctl -u fogline-agent`, "see that the device reaches the agents' port of the hub"];
    return { cause: "never-came", answer, because: ["it has a certificate, and was never connected"], next };
  }
  if (enrolment === null)
    return { cause: "never-enrolled", answer: `${id} never enrolled`, because: ["no token was made for its slot"], next: [newToken(id)] };
  if (enrolment.expiresAtMs <= nowMs)
    return {
      cause: "token-expired",
      answer: `${id} never enrolled`,
      because: [`its token expired at ${day(enrolment.expiresAtMs)}`],
      next: [newToken(id)],
    };
  const because = [`its token was made and is not used; it is good until ${day(enrolment.expiresAtMs)}`];
  const next = ["type on the device what `fogline device enrol` printed", "see that the device has power and reaches the agents' port of the hub"];
  return { cause: "token-waits", answer: `${id} has not enrolled yet`, because, next };
};

const revoked: Rule = ({ id, certificates }) => {
  const [newest] = certificates;
  if (newest === undefined || newest.revokedAtMs === null) return undefined;
  const because = [`its certificate was revoked at ${day(newest.revokedAtMs)}`, `who did it: fogline audit list --target ${id}`];
  return { cause: "revoked", answer: `${id} was locked out`, because, next: [`if that was not meant: ${newToken(id)}`] };
};

/** Codes of refusals that are about what the agent speaks (docs/errors.md). */
const versionCodes: ReadonlySet<string> = new Set(["FL4063", "FL4018"]);

const refusedSince = ({ refused, lost }: OfflineFacts) => (refused !== null && refused.atMs >= (lost?.atMs ?? 0) ? refused : undefined);

const version: Rule = (facts) => {
  const refused = refusedSince(facts);
  if (refused === undefined || !versionCodes.has(refused.code)) return undefined;
  const answer = `${facts.id} is alive, and the hub does not take its agent`;
  const because = [`it came ${lasting(facts.nowMs - refused.atMs)} ago and was refused: ${refused.message} (${refused.code})`];
  return { cause: "version", answer, because, next: ["bring agent and hub to versions that fit: docs/production.md has the table"] };
};

const certificateEnded: Rule = (facts) => {
  const { id, certificates, nowMs, renewalGraceMs } = facts;
  const valid = certificates.filter(({ revokedAtMs }) => revokedAtMs === null).map(({ notAfterMs }) => notAfterMs);
  const endMs = Math.max(...valid);
  if (valid.length === 0 || endMs > nowMs) return undefined;
  const answer = `the certificate of ${id} has ended`;
  const graceEndMs = endMs + renewalGraceMs;
  if (graceEndMs > nowMs) {
    const because = [`it ended at ${day(endMs)}; until ${day(graceEndMs)} the agent renews it by itself when it comes`];
    return { cause: "certificate-ended", answer, because, next: ["see that the device has power and reaches the agents' port of the hub"] };
  }
  const because = [`it ended at ${day(endMs)}, and the time in which it could be renewed at ${day(graceEndMs)}`];
  return { cause: "certificate-ended", answer, because, next: [newToken(id)] };
};

const refusedOtherwise: Rule = (facts) => {
  const refused = refusedSince(facts);
  if (refused === undefined) return undefined;
  const because = [`it came ${lasting(facts.nowMs - refused.atMs)} ago and was refused: ${refused.message} (${refused.code})`];
  return {
    cause: "refused",
    answer: `${facts.id} is alive, and the hub sends it away`,
    because,
    next: [`docs/errors.md#${refused.code.toLowerCase()}`],
  };
};

const clock: Rule = ({ id, state, lastSeenAtMs }) => {
  if (state === null || lastSeenAtMs === null) return undefined;
  const aheadMs = state.sampledAtMs - lastSeenAtMs;
  // A sample that travelled, or waited for its heartbeat, is older; it is never from the future.
  if (Math.abs(aheadMs) <= clockMsMax) return undefined;
  const because = [
    `when it was last heard its clock was ${lasting(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead" : "behind"}: certificates are not valid for it then`,
  ];
  const next = [
    "set its clock: timedatectl must say that it is synchronized",
    "a board without a battery for its clock needs NTP before it needs the hub",
  ];
  return { cause: "clock", answer: `the clock of ${id} is wrong`, because, next };
};

const saidGoodbye = /it said goodbye: (.*?)\.*$/;

const goodbye: Rule = ({ id, lost, nowMs }) => {
  const why = saidGoodbye.exec(lost?.reason ?? "")?.[1];
  if (lost === null || why === undefined) return undefined;
  const restarts = why.startsWith("it restarts");
  const because = [`it said goodbye ${lasting(nowMs - lost.atMs)} ago: ${why}`];
  const next = restarts
    ? ["give it some minutes", "if it does not come back, the restart failed: power it off and on where it is"]
    : ["somebody, or its system, stopped the agent or shut the device down: systemctl status fogline-agent on the device", "power it on"];
  return { cause: "goodbye", answer: restarts ? `${id} restarts` : `${id} left in good order`, because, next };
};

const hubRestarted: Rule = ({ id, status, reason }) =>
  status === "suspect" && reason.startsWith("the hub restarted")
    ? { cause: "hub-restarted", answer: `${id} has not come back yet after the hub restarted`, because: [reason], next: ["give it a minute"] }
    : undefined;

const wholeSite: Rule = ({ id, site, neighbours, lost, statusSinceMs }) => {
  const gone = neighbours.filter(({ online }) => !online);
  if (neighbours.length === 0 || gone.length < neighbours.length) return undefined;
  const leftMs = lost?.atMs ?? statusSinceMs;
  const together = gone.filter(({ sinceMs }) => Math.abs(sinceMs - leftMs) <= togetherMs).map((one) => one.id);
  const because = [
    `none of the ${neighbours.length + 1} devices of ${site} is connected`,
    ...(together.length === 0 ? [] : [`${named(together)} left within ${lasting(togetherMs)} of it`]),
  ];
  const next = [`see to the uplink and the power of ${site}: router, SIM, fuse`, `nothing is wrong with ${id} as far as anybody can tell`];
  return { cause: "site", answer: `all of ${site} is silent, not ${id} alone`, because, next };
};

const battery: Rule = ({ id, state }) => {
  if (state === null || state.batteryPercent === null || state.charging === true) return undefined;
  if (state.batteryPercent > powerThresholds.batteryLowPercent) return undefined;
  const because = [`its battery was at ${Math.round(state.batteryPercent)} % and not charging when it was last heard`];
  return { cause: "battery", answer: `the battery of ${id} is most likely empty`, because, next: ["charge it; it comes back by itself"] };
};

const heat: Rule = ({ id, state }) => {
  if (state?.thermalState !== "critical") return undefined;
  const celsius = state.temperatureCelsius === null ? state.thermalState : `${Math.round(state.temperatureCelsius)} C (${state.thermalState})`;
  const next = ["let it cool, then see to its fan, its case and the sun on it", "power it on: a board that shut itself down stays off"];
  return {
    cause: "heat",
    answer: `${id} may have shut down because of heat`,
    because: [`its processor was at ${celsius} when it was last heard`],
    next,
  };
};

const disk: Rule = ({ id, state }) => {
  if (state === null || state.storageFreeBytes >= storageFreeBytesMin) return undefined;
  const because = [`${Math.floor(state.storageFreeBytes / 1_048_576)} MiB were free when it was last heard`];
  return {
    cause: "disk",
    answer: `the disk of ${id} was full`,
    because,
    next: ["free some space there: journalctl --vacuum-size=64M, or k3s crictl rmi --prune"],
  };
};

const link: Rule = ({ id, site, status, reason }) => {
  const witness = /"([^"]+)" of its site reaches it/.exec(reason)?.[1];
  if (status !== "suspect" || witness === undefined) return undefined;
  const next = [
    `see to what is between ${site} and the hub: router, firewall, DNS`,
    `a shell on ${witness} gets there: fogline device shell ${witness}`,
  ];
  return { cause: "link", answer: `${id} lives, and does not reach the hub`, because: [`${witness} of its site reaches it`], next };
};

const alone: Rule = ({ id, site, reason, neighbours }) => {
  const connected = neighbours.filter(({ online }) => online).map((one) => one.id);
  const tried = /: (.*) of its site cannot reach it/.exec(reason)?.[1]?.replaceAll('"', "");
  if (connected.length === 0) return undefined;
  const because = [
    `${named(connected)} of ${site} ${connected.length === 1 ? "is" : "are"} connected, so the uplink works`,
    ...(tried === undefined ? [] : [`${tried} cannot reach it there either`]),
  ];
  const next = [
    "see to its power and its cable or Wi-Fi, in that order",
    "a board that hangs comes back by being powered off and on; then: fogline device support-bundle",
  ];
  return { cause: "alone", answer: `${id} alone is gone: power, network or a crash`, because, next };
};

/** Ordered: what is known for certain first, then what is likely; the first one is the answer. */
const rules: readonly Rule[] = [
  ...[neverSeen, revoked, version, certificateEnded, refusedOtherwise, hubRestarted],
  ...[link, goodbye, wholeSite, battery, heat, clock, disk, alone],
];

const onlineNow = ({ id, statusSinceMs, nowMs }: OfflineFacts): OfflineExplanation => ({
  cause: "online",
  answer: `${id} is online for ${lasting(nowMs - statusSinceMs)}`,
  ...{ because: [], next: [`fogline device show ${id}`], also: [] },
});

/** Why a device is away: the answer, what speaks for it, what to do next, and what may have to do with it, too. */
export const explainOffline = (facts: OfflineFacts): OfflineExplanation => {
  if (facts.status === "online") return onlineNow(facts);
  const { id, nowMs, lastSeenAtMs, lost, reason } = facts;
  const heard = lastSeenAtMs === null ? [] : [`last heard ${lasting(Math.max(0, nowMs - lastSeenAtMs))} ago, at ${day(lastSeenAtMs)}`];
  const [first, ...others] = rules.flatMap((rule) => rule(facts) ?? []);
  if (first === undefined) {
    const because = [...heard, ...(lost === null ? [] : [lost.reason]), reason];
    const next = ["see to its power and its network, in that order", "nobody else of its site can be asked"];
    return { cause: "unknown", answer: `${id} is gone, and nothing says why`, because, next, also: [] };
  }
  return { ...first, because: [...first.because, ...heard], also: others.map(({ answer }) => answer) };
};
