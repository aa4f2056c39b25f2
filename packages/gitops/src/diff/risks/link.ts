import { describeBytes, formatBytesPerDay, formatDurationMs } from "@fogline/units";
import { clusterOf } from "../fleet-index.ts";
import { pullTimeMs } from "../links.ts";
import { clusterPlace, type RiskRule, risk } from "./risk.ts";

/** A change that a link cannot carry in a day. */
export const pullOverBudget: RiskRule = (change) => {
  const profile = clusterOf(change.newFleet, change.cluster)?.connectivity;
  const budget = profile?.budgetBytesPerDay;
  if (profile === undefined || budget === undefined || change.pull.bytes <= budget) return [];
  const message = `${change.pull.atMost ? "up to " : ""}${describeBytes(change.pull.bytes)} to pull, and ${profile.name} allows ${formatBytesPerDay(Math.floor(budget))}`;
  return [risk(change, "FL5016", "warning", message, clusterPlace(change))];
};

/** A device whose pull alone is longer than the Kustomizations of its cluster wait for it. */
export const pullOverTimeout: RiskRule = (change) => {
  const profile = clusterOf(change.newFleet, change.cluster)?.connectivity;
  if (profile === undefined) return [];
  const neededMs = pullTimeMs(change.pull.deviceBytesMax, profile);
  if (neededMs === undefined || neededMs <= profile.timeoutMs) return [];
  const message = `one device pulls ${describeBytes(change.pull.deviceBytesMax)} in ${formatDurationMs(wholeSeconds(neededMs))}, and Flux waits ${formatDurationMs(wholeSeconds(profile.timeoutMs))} on ${profile.name}`;
  return [risk(change, "FL5017", "warning", message, clusterPlace(change))];
};

const wholeSeconds = (ms: number): number => Math.round(ms / 1000) * 1000;
