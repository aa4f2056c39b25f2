import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { textOf } from "@fogline/findings";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { loadFleet } from "../render.ts";

/** `ok`, missing but only needed for something (`optional`), or in the way of `npm start` (`bad`). */
interface Diagnosis {
  readonly subject: string;
  readonly state: "ok" | "optional" | "bad";
  readonly message: string;
}

const run = promisify(execFile);
const portsOfTheHub = [3_000, 8_080, 8_091];

/** `fogline doctor`: what this machine has of what Fogline needs, and what each missing thing is needed for. */
export const doctorCommand = async ({ output, repository }: Context): Promise<void> => {
  const diagnoses = await Promise.all([
    node(),
    tool("git", ["--version"], "needed: the fleet lives in a git repository"),
    fleet(repository),
    ...portsOfTheHub.map(port),
    tool("docker", ["version", "--format", "{{.Server.Version}}"], "needed for tasks with an image, not for `npm start`", true),
    tool("pulumi", ["version"], "needed for `pulumi up`, not for `npm start`", true),
    tool("ansible", ["--version"], "needed to provision devices, not for `npm start`", true),
  ]);
  output.value({ checks: diagnoses });
  const marks = { ok: output.colours.green("ok  "), optional: output.colours.dim("--  "), bad: output.colours.red("bad ") };
  for (const { subject, state, message } of diagnoses) output.line(`  ${marks[state]}  ${subject}${message === "" ? "" : ` ${message}`}`);
  if (diagnoses.some(({ state }) => state === "bad")) throw new Exit(exitCodes.findings);
};

const node = async (): Promise<Diagnosis> => ({ subject: "node", state: "ok", message: process.versions.node });

const tool = async (name: string, args: readonly string[], purpose: string, optional = false): Promise<Diagnosis> => {
  try {
    const { stdout } = await run(name, [...args], { timeout: 5_000 });
    return { subject: name, state: "ok", message: stdout.split("\n")[0]?.replace(/^.*?(\d+\.\d+\S*).*$/, "$1") ?? "" };
  } catch (thrown) {
    const missing = (thrown as NodeJS.ErrnoException).code === "ENOENT";
    return { subject: name, state: optional ? "optional" : "bad", message: `${missing ? "not found" : "does not answer"}: ${purpose}` };
  }
};

const fleet = async (repository: string): Promise<Diagnosis> => {
  try {
    const loaded = await loadFleet(await Worktree.open(repository));
    if (loaded.fleet === undefined) return { subject: "fleet", state: "bad", message: `${loaded.findings.length} problems: see \`fogline check\`` };
    return {
      subject: "fleet",
      state: "ok",
      message: `clusters/fleet.yaml (${loaded.fleet.clusters.length} clusters, ${loaded.fleet.devices.length} devices)`,
    };
  } catch (thrown) {
    return { subject: "fleet", state: "bad", message: textOf(thrown) };
  }
};

const port = (number: number): Promise<Diagnosis> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () =>
      resolve({ subject: `port ${number}`, state: "optional", message: "in use: by a running hub, or choose another with `fogline up --port`" }),
    );
    server.listen(number, "127.0.0.1", () => server.close(() => resolve({ subject: `port ${number}`, state: "ok", message: "free" })));
  });
