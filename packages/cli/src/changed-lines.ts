import { diffLines } from "diff";

/** Beyond so many added and removed lines nobody reads them, and finding out which they are takes long: its cost grows with the square. */
const changesMax = 2_000;

/** The lines in which two texts differ, each with its number: `-` as it was, `+` as it is. One line that says so when they are too many. */
export const changedLines = (before: string, after: string): string[] => {
  const parts = diffLines(before, after, { maxEditLength: changesMax });
  if (parts === undefined) return [`~ more than ${changesMax} lines change`];
  let was = 1;
  let is = 1;
  return parts.flatMap(({ added, removed, count, value }) => {
    const lines = value.split("\n").slice(0, count);
    const shown = lines.map(
      (line, index) => `${removed ? "-" : "+"} ${String((removed ? was : is) + index).padStart(4)}  ${line.replace(/\r$/, "")}`,
    );
    if (!added) was += count;
    if (!removed) is += count;
    return added || removed ? shown : [];
  });
};
