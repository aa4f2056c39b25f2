import { spawn } from "node:child_process";
import { FoglineError } from "@fogline/findings";

/** How a command ended and what it said. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Told of each line that it prints while it runs. */
  readonly line?: (text: string) => void;
}

const outputBytesMax = 4 * 1024 * 1024;

/** Runs a program to its end. Rejects with FL4184 where there is no such program. */
export const runCommand = (program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const { input = "", folder, environment = {}, line } = options;
    const child = spawn(program, args, { stdio: "pipe", env: { ...process.env, ...environment }, ...(folder === undefined ? {} : { cwd: folder }) });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] = (said[name] + text).slice(-outputBytesMax);
        for (const one of text.split("\n")) if (one.trim() !== "") line?.(one.trim());
      });
    }
    child.once("error", (thrown: NodeJS.ErrnoException) =>
      reject(thrown.code === "ENOENT" ? new FoglineError("FL4184", `${program} is not installed`, { cause: thrown }) : thrown),
    );
    child.once("close", (status) => resolve({ status: status ?? -1, ...said }));
    // It may end before it has read all.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });

/** The last thing that a command said, for a message. */
export const lastWords = ({ stdout, stderr }: Ran): string => {
  const lines = (stderr.trim() === "" ? stdout : stderr).split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-2).join("; ").slice(0, 400);
};
