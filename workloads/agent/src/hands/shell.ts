import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import type { ChannelPurpose, TerminalSize } from "@fogline/contracts/agent-channel";
import { fail, ok, type Result, textOf } from "@fogline/findings";
import { signalGroup } from "../runner/traces.ts";
import type { HandsRefusal, Output, Program, ProgramEnd } from "./program.ts";
import { childrenOf, endSessions, terminalOf } from "./sessions.ts";

type ShellPurpose = Extract<ChannelPurpose, { kind: "shell" }>;

/** How long output may still arrive after the program ended: somebody else may hold its pipe. */
const drainMs = 1_000;

/** A word as a POSIX shell takes it. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * `script` of util-linux makes a terminal without any code of ours in it. The one of BusyBox has no exit code, and others have other options: those count as none.
 */
const scriptProgram = (path: string): boolean => {
  try {
    return execFileSync("script", ["--version"], { env: { PATH: path }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).includes(
      "util-linux",
    );
  } catch {
    return false;
  }
};

const loginShell = (): string => {
  const { shell } = userInfo();
  return shell !== null && existsSync(shell) ? shell : "/bin/sh";
};

const environmentOf = ({ terminal, by }: ShellPurpose, inherited: Readonly<Record<string, string>>): Record<string, string> => {
  const { username, homedir } = userInfo();
  return {
    ...inherited,
    ...{ HOME: homedir, USER: username, LOGNAME: username, SHELL: loginShell() },
    ...(terminal === null ? {} : { TERM: terminal.name }),
    FOGLINE_SHELL_BY: by,
  };
};

interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly terminal: boolean;
}

/** What is started: `stty` gives the terminal its size and the echo that `script` takes away where its own input is none. */
const commandOf = ({ command, terminal }: ShellPurpose, hasScript: boolean): Command => {
  const shell = loginShell();
  const words = command ?? [shell, "-l"];
  if (terminal === null || !hasScript) {
    const [file = shell, ...rest] = command ?? (terminal === null ? [shell, "-l"] : [shell, "-i"]);
    return { file, arguments: rest, terminal: false };
  }
  const size = `stty sane rows ${terminal.rows} cols ${terminal.columns} 2>/dev/null`;
  const inner = `${size}; exec ${words.map(quoted).join(" ")}`;
  return { file: "script", arguments: ["--quiet", "--return", "--flush", "--command", inner, "/dev/null"], terminal: true };
};

/** Starts shells and single commands as the agent's user. */
export const shellStarter = (inherited: Readonly<Record<string, string>>) => {
  const hasScript = scriptProgram(inherited.PATH ?? "");
  return async (purpose: ShellPurpose, output: Output): Promise<Result<Program, HandsRefusal>> => {
    const command = commandOf(purpose, hasScript);
    const env = environmentOf(purpose, inherited);
    // `script` runs its command by SHELL: the plain one, whatever the user has.
    const given = command.terminal ? { ...env, SHELL: "/bin/sh" } : env;
    const child = spawn(command.file, command.arguments, {
      cwd: existsSync(env.HOME ?? "") ? env.HOME : "/",
      env: given,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const ended = endOf(child);
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (bytes: Buffer) => output("out", bytes));
    child.stderr.on("data", (bytes: Buffer) => output("error", bytes));
    const problem = await started(child);
    if (problem !== undefined) return fail({ code: "FL4155", message: problem });
    return ok(programOf(child, command.terminal, ended));
  };
};

const started = (child: ChildProcess): Promise<string | undefined> =>
  new Promise((resolve) => {
    child.once("spawn", () => resolve(undefined));
    child.once("error", (error) => resolve(`it could not be started: ${textOf(error)}`));
  });

/**
 * The end of a process and of its output. What it wrote may still be in the pipe, and waits there while nobody reads; but another process may hold
 * the pipe for ever, so a pipe that is read and silent counts as at its end.
 */
const endOf = (child: ChildProcessWithoutNullStreams): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let silent = true;
    const streams = [child.stdout, child.stderr];
    for (const stream of streams) {
      stream.on("data", () => {
        silent = false;
      });
    }
    child.once("exit", () => {
      timer = setInterval(() => {
        if (silent && !streams.some((stream) => stream.isPaused())) for (const stream of streams) stream.destroy();
        silent = true;
      }, drainMs);
    });
    child.once("close", (exitCode, signal) => {
      clearInterval(timer);
      resolve({ exitCode, signal, reason: exitCode === null ? `it was ended by ${signal}` : "it exited" });
    });
  });

const programOf = (child: ChildProcessWithoutNullStreams, terminal: boolean, ended: Promise<ProgramEnd>): Program => {
  const { stdin, stdout, stderr } = child;
  const processId = child.pid as number;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  /** The first process on the terminal, which leads a session of its own; undefined where it has ended. */
  const inner = (): number | undefined => (terminal ? childrenOf(processId)[0] : undefined);
  return {
    terminal,
    ended,
    write: (bytes) =>
      new Promise((resolve) => {
        if (over || stdin.destroyed || stdin.writableEnded) return resolve();
        stdin.write(bytes, () => resolve());
      }),
    endInput: () => stdin.end(),
    resize: ({ columns, rows }: TerminalSize) => {
      const first = inner();
      const path = first === undefined ? undefined : terminalOf(first);
      // The kernel tells whatever is in the foreground there that the size changed.
      if (path !== undefined) execFile("stty", ["-F", path, "rows", String(rows), "cols", String(columns)], () => undefined);
    },
    signal: (name) => {
      if (!over) signalGroup(inner() ?? processId, name);
    },
    pause: () => {
      stdout.pause();
      stderr.pause();
    },
    resume: () => {
      stdout.resume();
      stderr.resume();
    },
    kill: () => {
      if (over) return;
      const first = inner();
      endSessions(first === undefined ? [processId] : [processId, first]);
      // What was killed while nobody read from it has output that would hold up its end.
      stdout.resume();
      stderr.resume();
    },
  };
};
