import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../../scripts/root.ts";

/** What a run of the `fogline` command came to. */
export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the JSON value that it is. */
  json(): unknown;
}

/** Runs the installed program under whatever Node the system has, as `npx fogline` does. */
export const installed = (args: readonly string[], program = join(root, "packages/cli/bin/fogline.js")): Said => {
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync("node", [program, ...args], { cwd: root, env: { PATH, HOME }, encoding: "utf8" });
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
};

/** Runs the command as a person would, away from any terminal; no setting of the caller's environment reaches it. */
export const fogline = (args: readonly string[], environment: Readonly<Record<string, string>> = {}, folder = root): Said => {
  const { PATH, HOME, NODE_COMPILE_CACHE = "" } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "packages/cli/src/main.ts"), ...args], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
};
