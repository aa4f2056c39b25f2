import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder in which every execution of a task leaves a line with its id in the task's file. */
export interface Lines {
  readonly folder: string;
  /** A command that first leaves its line in the file `name`, then does `work`, a shell script. */
  command(name: string, work: string): string[];
  /** The ids of the executions that ever began, in their order. */
  of(name: string): readonly string[];
  remove(): void;
}

export const makeLines = (): Lines => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-lines-"));
  return {
    folder,
    command: (name, work) => ["sh", "-c", `echo "$FOGLINE_EXECUTION_ID" >> ${join(folder, name)} && ${work}`],
    of: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1) : []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
