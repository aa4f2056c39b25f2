import { constants } from "node:os";
import type { ShellRequest } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import type { Context } from "../context.ts";
import { Exit } from "../exit.ts";
import { feedInput } from "../remote/feed-input.ts";
import { escapeKeys } from "../remote/keys.ts";
import { type RemoteSession, runSession, type SessionEnd } from "../remote/session.ts";

export interface ShellOptions {
  /** Undefined: with a terminal where this one is one and no command is given. */
  readonly terminal?: boolean;
}

/** Bytes of output that `--json` keeps of each stream, from the beginning. */
const keptBytesMax = 1_048_576;
const sizeOf = ({ columns = 80, rows = 24 }: { readonly columns?: number; readonly rows?: number }) => ({ columns, rows });

/** `fogline device shell <device> [-- command...]`: ends with the exit code of what ran there. */
export const deviceShellCommand = async (context: Context, id: string, words: readonly string[], { terminal }: ShellOptions): Promise<void> => {
  const { output } = context;
  const { stdin, stdout, env } = process;
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true && !output.json;
  const wantsTerminal = terminal ?? (isTerminal && words.length === 0);
  const request: ShellRequest = {
    command: words.length === 0 ? null : [...words],
    terminal: wantsTerminal ? { ...sizeOf(stdout), name: /^[A-Za-z0-9.+-]{1,64}$/.exec(env.TERM ?? "")?.[0] ?? "xterm" } : null,
  };
  const kept = { out: [] as Uint8Array[], error: [] as Uint8Array[] };
  const show = (stream: "out" | "error", bytes: Uint8Array): Promise<void> => {
    if (output.json) return keep(kept[stream], bytes);
    return new Promise((resolve) => (stream === "out" ? stdout : process.stderr).write(bytes, () => resolve()));
  };
  let restore = () => {};
  try {
    const end = await runSession(context.hubAddress(), `api/nodes/${encodeURIComponent(id)}/shell`, request, {
      opened: (session, given) => {
        if (wantsTerminal && !given)
          process.stderr.write(`${id} has no \`script\` of util-linux, so there is no terminal: keys act when Enter is pressed\n`);
        restore = given && isTerminal ? joinTerminal(session) : joinPipe(session);
      },
      bytes: show,
    });
    output.value({ ...end, stdout: textOf(kept.out), stderr: textOf(kept.error) });
    leaveWith(end);
  } finally {
    restore();
  }
};

const keep = async (parts: Uint8Array[], bytes: Uint8Array): Promise<void> => {
  const has = parts.reduce((sum, part) => sum + part.length, 0);
  if (has < keptBytesMax) parts.push(bytes.slice(0, keptBytesMax - has));
};
const textOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString("utf8");

/** As a shell says it: the exit code, or 128 and the number of the signal. */
const leaveWith = ({ exitCode, signal, reason }: SessionEnd): void => {
  if (exitCode === 0) return;
  if (exitCode !== null) throw new Exit(exitCode);
  const number = signal === null ? undefined : (constants.signals as Readonly<Record<string, number | undefined>>)[signal];
  // What the device ended by itself has a signal; what somebody else ended has a reason.
  if (number !== undefined && reason.startsWith("it was ended by")) throw new Exit(128 + number);
  throw new FoglineError("FL4157", `the session ended: ${reason}`);
};

/** Keys go to the device as they are pressed. Answers how this terminal becomes what it was. */
const joinTerminal = (session: RemoteSession): (() => void) => {
  const { stdin, stdout } = process;
  const keys = escapeKeys();
  const resize = () => session.resize(sizeOf(stdout));
  const typed = (bytes: Buffer) => {
    const { pass, leave } = keys(bytes);
    if (pass.length > 0) void session.write(pass);
    if (leave) session.leave();
  };
  stdin.setRawMode(true);
  stdin.on("data", typed);
  stdout.on("resize", resize);
  return () => {
    stdin.off("data", typed);
    stdout.off("resize", resize);
    stdin.setRawMode(false);
    stdin.pause();
  };
};

/** Standard input goes to the device as fast as that takes it; Ctrl-C and its like become signals there. */
const joinPipe = (session: RemoteSession): (() => void) => {
  const { stdin } = process;
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  const passed = signals.map((name) => [name, () => session.signal(name)] as const);
  for (const [name, pass] of passed) process.on(name, pass);
  const stop = feedInput(stdin, session);
  return () => {
    for (const [name, pass] of passed) process.off(name, pass);
    stop();
  };
};
