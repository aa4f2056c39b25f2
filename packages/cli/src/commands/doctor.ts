import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { platform } from "node:process";
import { toolsFolder } from "@fogline/dev-cluster/tools";
import { textOf } from "@fogline/findings";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { isAtLeast, type Tool, tools, versionIn } from "../doctor-tools.ts";
import { Exit, exitCodes } from "../exit.ts";
import { loadFleet } from "../render.ts";

/** `ok`, missing but only needed for something (`optional`), or in the way of `npm start` (`bad`). */
interface Diagnosis {
  readonly subject: string;
  readonly state: "ok" | "optional" | "bad";
  readonly message: string;
}

const portsOfTheHub = [3_000, 8_080, 8_091];
const timeoutMs = 15_000;
const columnsMax = 100;

/** `fogline doctor`: what this machine has of what Fogline needs, and what each missing thing is needed for. */
export const doctorCommand = async ({ output, repository, environment }: Context): Promise<void> => {
  // What this repository has installed or built for itself counts as well, behind what is on PATH.
  const path = [environment.PATH ?? "", join(repository, ".cache/ansible/bin"), toolsFolder].join(delimiter);
  const here = tools.filter(({ only = platform }) => only === platform);
  const diagnoses = await Promise.all([
    { subject: "node", state: "ok", message: process.versions.node } as const,
    ...here.slice(0, 1).map((one) => tool(one, path)),
    fleet(repository),
    ...portsOfTheHub.map(port),
    ...here.slice(1).map((one) => tool(one, path)),
  ]);
  output.value({ checks: diagnoses });
  const fine = diagnoses.filter(({ state }) => state === "ok").map(({ subject, message }) => `${subject} ${message}`.trim());
  for (const line of wrapped(fine)) output.line(`  ${output.colours.green("ok  ")}  ${line}`);
  const marks = { optional: output.colours.dim("--  "), bad: output.colours.red("bad ") };
  for (const { subject, state, message } of diagnoses) if (state !== "ok") output.line(`  ${marks[state]}  ${subject} ${message}`);
  if (diagnoses.some(({ state }) => state === "bad")) throw new Exit(exitCodes.findings);
};

/** Texts one behind the other, in as few lines as they fit in. */
const wrapped = (texts: readonly string[]): string[] => {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length + 3 <= columnsMax) lines[lines.length - 1] = `${last}   ${text}`;
    else lines.push(text);
  }
  return lines;
};

/** What a program printed, and whether it is there and well. */
const ask = ({ name, args }: Tool, path: string): Promise<{ readonly said: string; readonly missing: boolean; readonly failed: boolean }> =>
  new Promise((resolve) => {
    execFile(name, [...args], { timeout: timeoutMs, env: { ...process.env, PATH: path } }, (error, stdout, stderr) =>
      resolve({ said: `${stdout}\n${stderr}`, missing: error?.code === "ENOENT", failed: error !== null }),
    );
  });

const tool = async (asked: Tool, path: string): Promise<Diagnosis> => {
  const { name, least, needed, remedy, required, silent = "does not answer" } = asked;
  const { said, missing, failed } = await ask(asked, path);
  const version = versionIn(said);
  const state = required ? "bad" : "optional";
  const brings = `; ${name === "nix" ? "" : "nix develop brings it, or "}${remedy}`;
  if (missing) return { subject: name, state, message: `not found: needed ${needed}${brings}` };
  if (failed) return { subject: name, state, message: `${silent}: needed ${needed}` };
  if (least !== undefined && (version === undefined || !isAtLeast(version, least)))
    return { subject: name, state, message: `${version ?? "of an unknown version"} is older than ${least}: needed ${needed}${brings}` };
  return { subject: name, state: "ok", message: version ?? "" };
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
