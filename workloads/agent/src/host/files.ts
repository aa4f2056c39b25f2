import { readdirSync, readFileSync } from "node:fs";

/** The text of a small kernel file without the end of line or NUL; undefined where it is missing or the driver refuses (ENODATA, EIO). */
export const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1").replace(/[\s\0]+$/, "");
  } catch {
    return undefined;
  }
};

/** A number from a small kernel file, or null when there is none that makes sense. */
export const readNumber = (path: string): number | null => {
  const text = readText(path);
  if (text === undefined || text === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};

/** Sorted names in a folder; none where it is missing. */
export const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};
