import { diffLines } from "diff";

/** The lines in which two texts differ, each with its number: `-` as it was, `+` as it is. */
export const changedLines = (before: string, after: string): string[] => {
  let was = 1;
  let is = 1;
  return diffLines(before, after).flatMap(({ added, removed, count, value }) => {
    const lines = value.split("\n").slice(0, count);
    const shown = lines.map(
      (line, index) => `${removed ? "-" : "+"} ${String((removed ? was : is) + index).padStart(4)}  ${line.replace(/\r$/, "")}`,
    );
    if (!added) was += count;
    if (!removed) is += count;
    return added || removed ? shown : [];
  });
};
