import type { TaskMove } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";

interface UtilisationPage {
  readonly hoursMs: number[];
  readonly nodes: { id: string; site: string; cpuPercent: (number | null)[] }[];
  readonly next: string | null;
}

export interface Placements {
  readonly hoursMs: readonly number[];
  readonly nodes: UtilisationPage["nodes"];
  readonly moves: readonly TaskMove[];
}

/** Numbers in one answer: more may not travel at once. */
const numbersMax = 8_400;
const devicesMax = 250;

/** Moves are read up to this many: more marks than this nobody tells apart. */
const movesMax = 2_000;

/** Use of every device by hour and where tasks moved, for the last hours that the address names: `24`. */
export const readPlacements = async (hours: string): Promise<Answer<Placements>> => {
  const use = await readUtilisation(hours);
  if (!use.ok) return use;
  const moves = await readMoves(use.value.hoursMs[0] ?? 0);
  return moves.ok ? { ok: true, value: { ...use.value, moves: moves.value } } : moves;
};

const readUtilisation = async (hours: string): Promise<Answer<Omit<UtilisationPage, "next">>> => {
  const nodes: UtilisationPage["nodes"] = [];
  const limit = Math.min(devicesMax, Math.floor(numbersMax / Number(hours)));
  for (let after = ""; ; ) {
    const page = await ask<UtilisationPage>("GET", `/api/utilisation?hours=${hours}&limit=${limit}${after}`);
    if (!page.ok) return page;
    nodes.push(...page.value.nodes);
    if (page.value.next === null) return { ok: true, value: { hoursMs: page.value.hoursMs, nodes } };
    after = `&after=${encodeURIComponent(page.value.next)}`;
  }
};

const readMoves = async (sinceMs: number): Promise<Answer<TaskMove[]>> => {
  const moves: TaskMove[] = [];
  for (let before = ""; moves.length < movesMax; ) {
    const page = await ask<{ moves: TaskMove[]; nextBeforeMs: number | null }>("GET", `/api/moves?sinceMs=${sinceMs}${before}`);
    if (!page.ok) return page;
    moves.push(...page.value.moves);
    if (page.value.nextBeforeMs === null) break;
    before = `&beforeMs=${page.value.nextBeforeMs}`;
  }
  return { ok: true, value: moves };
};
