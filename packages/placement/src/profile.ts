import type { Node } from "./node.ts";
import type { Task } from "./task.ts";

/** A value of a score with its reason, where one is worth telling. */
export interface Valued {
  readonly value: number;
  readonly reason?: string;
}

/** One part of a score. `points` are added; `factor` multiplies what was added. `undefined` leaves the part out for this task. */
export interface Part {
  readonly name: string;
  readonly kind: "points" | "factor";
  readonly of: (task: Task, node: Node) => Valued | undefined;
}

/** How candidates are scored: parts in the order they are shown. */
export interface Profile {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** A scored part, as an explanation carries it. */
export interface ScorePart {
  name: string;
  kind: "points" | "factor";
  value: number;
  reason?: string;
}

/** The sum of all points times all factors; finite and at least 0. */
export const scoreOf = (task: Task, node: Node, profile: Profile): { score: number; parts: ScorePart[] } => {
  let points = 0;
  let factor = 1;
  const parts: ScorePart[] = [];
  for (const { name, kind, of } of profile.parts) {
    const valued = of(task, node);
    if (valued === undefined) continue;
    const value = Number.isFinite(valued.value) ? Math.max(0, valued.value) : 0;
    if (kind === "points") points += value;
    else factor *= value;
    parts.push(valued.reason === undefined ? { name, kind, value } : { name, kind, value, reason: valued.reason });
  }
  return { score: Math.min(Number.MAX_VALUE, points * factor), parts };
};

/** The profile without the parts of that name, to see what a part decides. */
export const without = (profile: Profile, part: string): Profile => ({
  name: `${profile.name} without ${part}`,
  parts: profile.parts.filter(({ name }) => name !== part),
});
