import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** The newest revision that was applied in full, with its files, so that it can run again whatever the repository holds by then. */
export interface LastGood {
  readonly revision: string;
  readonly files: ReadonlyMap<string, string>;
}

/** Keeps {@link LastGood} in one file. */
export const lastGoodFile = (path: string) => ({
  read: (): LastGood | undefined => {
    try {
      const { revision, files } = JSON.parse(readFileSync(path, "utf8")) as { revision: string; files: [string, string][] };
      return { revision, files: new Map(files) };
    } catch {
      return undefined;
    }
  },
  write: ({ revision, files }: LastGood): void => {
    writeFileSync(`${path}.new`, JSON.stringify({ revision, files: [...files] }));
    renameSync(`${path}.new`, path);
  },
});
