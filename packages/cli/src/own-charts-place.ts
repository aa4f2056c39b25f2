import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Place } from "@fogline/findings";

/** The first line of a text on which a word stands alone, as a place in its file; the file alone when there is none. */
export const positionIn = (text: string, file: string, word: string): Place => {
  for (const [index, line] of text.split("\n").entries()) {
    const at = columnOf(line, word);
    if (at !== undefined) return { file, line: index + 1, column: at };
  }
  return { file };
};

const columnOf = (line: string, word: string): number | undefined => {
  const inWord = (character: string | undefined): boolean => character !== undefined && /[\w-]/.test(character);
  for (let at = line.indexOf(word); at !== -1; at = line.indexOf(word, at + 1)) {
    if (!inWord(line[at - 1]) && !inWord(line[at + word.length])) return at + 1;
  }
  return undefined;
};

/** Stands for the repository in a text, because the path itself may hold anything. */
const here = "\0";

/**
 * Where in a repository something was thrown: the first position in a file of it that the error names, those of installed packages aside. Node puts
 * it into the stack, for a syntax error as its first line without a column. An import that leads nowhere has no position; its line is looked for.
 */
export const placeOfThrown = (thrown: unknown, root: string, fallback: string): Place => {
  if (!(thrown instanceof Error)) return { file: fallback };
  const fromHere = (text: string): string => text.replaceAll(`${pathToFileURL(root).href}/`, here).replaceAll(`${root}/`, here);
  for (const [, file = "", line, column] of fromHere(thrown.stack ?? "").matchAll(/\0([^:?\s()]+)(?:\?[^:\s]*)?:(\d+)(?::(\d+))?/g)) {
    if (file.startsWith("node_modules/")) continue;
    return { file: decodeURI(file), line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
  }
  const [, missing = "", importer = ""] = /Cannot find \w+ '([^']+)' imported from \0(\S+)/.exec(fromHere(thrown.message)) ?? [];
  if (importer === "" || !existsSync(join(root, importer))) return { file: fallback };
  return positionIn(readFileSync(join(root, importer), "utf8"), importer, missing.replace(here, "").split("/").at(-1) ?? missing);
};
