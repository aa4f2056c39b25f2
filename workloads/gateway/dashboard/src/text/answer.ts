import type { NodeRecord, NodeStatus } from "@fogline/contracts";
import { agoText, counted } from "./format.ts";

/** More devices of one kind than this are counted and not named: the sentence stays one. */
const namedMax = 2;
const clauseLengthMax = 70;

/** The first clause of a reason: "its connection was lost: the socket closed" says "its connection was lost". */
export const firstClause = (reason: string): string => {
  const clause = reason.split(/[:;]/, 1)[0]?.trim() ?? "";
  return clause.length <= clauseLengthMax ? clause : `${clause.slice(0, clauseLengthMax - 1).trimEnd()}…`;
};

interface Kind {
  readonly word: string;
  readonly has: (node: NodeRecord) => boolean;
  /** Why, of one device; without it devices of this kind are only counted. */
  readonly why?: (node: NodeRecord, nowMs: number | undefined) => string;
}

const since = (node: NodeRecord, nowMs: number | undefined): string =>
  `${node.id}: ${firstClause(node.reason)}${nowMs === undefined ? "" : `, ${agoText(node.statusSinceMs, nowMs)}`}`;
const status =
  (name: NodeStatus): Kind["has"] =>
  (node) =>
    node.status === name;
const online = status("online");
const isHot = (node: NodeRecord): boolean => node.state?.thermalState === "hot" || node.state?.thermalState === "critical";

/** In the order in which they are said: first what is well, then what a person must look at, then what is as it was asked to be. */
const kinds: readonly Kind[] = [
  { word: "online", has: online },
  {
    word: "hot",
    has: (node) => online(node) && isHot(node),
    why: ({ id, state }) => `${id}: ${Math.round(state?.temperatureCelsius ?? 0)} °C`,
  },
  { word: "suspect", has: status("suspect"), why: since },
  { word: "offline", has: status("offline"), why: since },
  { word: "draining", has: (node) => node.draining, why: ({ id }) => id },
  { word: "not seen yet", has: status("never-seen"), why: ({ id }) => id },
];

/**
 * How the fleet is, in one sentence: "9 devices, 8 online, 1 suspect (pi-2: its connection was lost, 3 s ago)". Without `nowMs` it has no
 * times, so that it changes only when something happened: that is what a screen reader is told.
 */
export const answerOf = (nodes: readonly NodeRecord[], nowMs?: number): string => {
  if (nodes.length === 0) return "No devices yet";
  const parts = kinds.flatMap(({ word, has, why }) => {
    const having = nodes.filter(has);
    if (having.length === 0 && word !== "online") return [];
    const named = why === undefined || having.length > namedMax ? "" : ` (${having.map((node) => why(node, nowMs)).join("; ")})`;
    return [`${having.length} ${word}${named}`];
  });
  return [counted(nodes.length, "device"), ...parts].join(", ");
};
