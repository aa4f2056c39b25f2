import type { NodeRecord } from "@fogline/contracts";
import { counted, durationText } from "./format.ts";
import { healthOf, isWell } from "./health.ts";

/** How one device is, in a sentence: "pi-3 is suspect for 3 s: its connection was lost: the socket closed". */
export const deviceAnswer = (node: NodeRecord, running: number, nowMs?: number): string => {
  const health = healthOf(node);
  const time = nowMs === undefined ? "" : ` for ${durationText(nowMs - node.statusSinceMs)}`;
  if (!isWell(health)) {
    // How long it is hot or low is not known; how long it is away is.
    const since = node.status === "online" ? "" : time;
    return `${node.id} is ${health.word}${since}: ${health.reason}`;
  }
  return `${node.id} is online${time} and well; ${running === 0 ? "no task runs" : `${counted(running, "task")} ${running === 1 ? "runs" : "run"}`} there`;
};
