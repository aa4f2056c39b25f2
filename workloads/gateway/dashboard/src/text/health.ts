import type { DeviceState, NodeRecord } from "@fogline/contracts";
import type { Meaning } from "../view/mark.tsx";

/** How a device is, in a word, with the reason and what a person can do about it. */
export interface Health {
  readonly meaning: Meaning;
  /** "online", "hot", "offline". */
  readonly word: string;
  readonly reason: string;
  /** The next step; null where there is nothing to do. */
  readonly next: string | null;
}

/** Below this a device that does not charge is short of battery. */
const batteryLowPercent = 20;

export const powerModes = ["performance", "balanced", "power-save", "critical"] as const satisfies readonly DeviceState["powerMode"][];

/** What a power mode means for who looks at the device. */
export const powerMeaning: Readonly<Record<DeviceState["powerMode"], string>> = {
  performance: "no sensor holds it back",
  balanced: "warm, or its battery is not full: placements count it less",
  "power-save": "hot, or its battery is low: its tasks move where they do much better",
  critical: "much too hot, or its battery is nearly empty: what can leave it does",
};

const bad = (word: string, reason: string, next: string): Health => ({ meaning: "bad", word, reason, next });
const attention = (word: string, reason: string, next: string | null): Health => ({ meaning: "attention", word, reason, next });

/** Why a device that answers is not as well as it could be; null when it is. In the order of what matters most. */
const complaintOf = ({ thermalState, temperatureCelsius, batteryPercent, charging, powerMode }: DeviceState): Health | null => {
  const degrees = temperatureCelsius === null ? "its temperature is not known" : `${Math.round(temperatureCelsius)} °C`;
  if (thermalState === "critical")
    return bad(
      "too hot",
      `${degrees}: what can leave it does, and it may switch itself off`,
      "Its tasks move by themselves; look at its fan and its place.",
    );
  if (thermalState === "hot")
    return bad("hot", `${degrees}: its tasks move where they do much better`, "Look at its fan and its place; drain it if it stays so.");
  if (powerMode === "critical")
    return bad("battery empty", `${Math.round(batteryPercent ?? 0)} % left: what can leave it does`, "Connect it to power.");
  if (charging !== true && batteryPercent !== null && batteryPercent < batteryLowPercent)
    return attention("battery low", `${Math.round(batteryPercent)} % and not charging`, "Connect it to power before it goes.");
  if (thermalState === "warm") return attention("warm", `${degrees}: placements count it less`, null);
  return null;
};

export const healthOf = (node: NodeRecord): Health => {
  const { status, reason, draining, state, connectivity } = node;
  if (status === "never-seen")
    return { meaning: "unknown", word: "not seen yet", reason, next: "Enrol its device, or wait for its agent to connect." };
  if (status === "offline") return bad("offline", reason, offlineNext(connectivity));
  if (status === "suspect") return attention("suspect", reason, "It counts as offline if it stays silent; nothing is to do yet.");
  const complaint = state === null ? null : complaintOf(state);
  if (complaint !== null && complaint.meaning === "bad") return complaint;
  if (draining) return attention("draining", "it gets no new tasks, because somebody asked for that", "Take it back when the work on it is done.");
  return complaint ?? { meaning: "good", word: "online", reason, next: null };
};

const offlineNext = (connectivity: string): string =>
  connectivity === "always"
    ? "Look at its power and its network; its own tasks go on without the hub."
    : `Its link is declared ${connectivity}: it may come back by itself. Its own tasks go on without the hub.`;

/** Whether a device is as it should be. */
export const isWell = ({ meaning }: Health): boolean => meaning === "good";
