import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TerminalSize } from "@fogline/contracts";
import { FoglineError, textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";

export interface TranscriptsParts {
  /** Made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Bytes of one file. A session whose file is full ends, so that nothing happens in it that is not recorded. */
  readonly bytesMax: number;
  /** Files that are kept; the oldest above are removed. */
  readonly keptMax: number;
}

export interface About {
  readonly session: string;
  readonly node: string;
  readonly by: string;
  readonly command: readonly string[] | null;
  readonly terminal: (TerminalSize & { readonly name: string }) | null;
}

/** What the audit says of a file. */
export interface Recorded {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The record of one session, in the format that `asciinema play` shows (asciicast, version 2). What was typed is in it only as the device echoed it. */
export interface Transcript {
  /** Resolves when the bytes are in the file; rejects when they cannot be. */
  output(stream: "out" | "error", bytes: Uint8Array): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
  close(): Promise<Recorded>;
}

export interface Transcripts {
  /** Throws FL4153 when nothing can be recorded. */
  begin(about: About): Promise<Transcript>;
}

/** Sizes of a terminal that nobody has. */
const nowhere = { columns: 80, rows: 24 } as const;

const headerOf = ({ node, by, command, terminal }: About, atMs: number): string => {
  const { columns, rows } = terminal ?? nowhere;
  const title = `${node}: ${command === null ? "shell" : command.join(" ")} (${by})`;
  return `${JSON.stringify({ version: 2, width: columns, height: rows, timestamp: Math.floor(atMs / 1_000), title, env: { TERM: terminal?.name ?? "dumb" } })}\n`;
};

export const openTranscripts = ({ folder, clock, bytesMax, keptMax }: TranscriptsParts): Transcripts => ({
  begin: async (about) => {
    const atMs = clock.now();
    const file = `${new Date(atMs).toISOString().replace(/[:.]/g, "-")}-${about.node}-${about.session}.cast`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await dropOldest(folder, keptMax - 1);
      const handle = await open(join(folder, file), "wx", 0o600);
      return await writer(handle, file, headerOf(about, atMs), { clock, bytesMax });
    } catch (cause) {
      throw new FoglineError("FL4153", `the session cannot be recorded in ${folder}: ${textOf(cause)}`, { cause });
    }
  },
});

/** Names begin with the time, so the first ones are the oldest. */
const dropOldest = async (folder: string, keptMax: number): Promise<void> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".cast")).sort();
  for (const name of names.slice(0, Math.max(0, names.length - keptMax))) await rm(join(folder, name), { force: true });
};

const writer = async (
  handle: FileHandle,
  file: string,
  header: string,
  { clock, bytesMax }: Pick<TranscriptsParts, "clock" | "bytesMax">,
): Promise<Transcript> => {
  const hash = createHash("sha256");
  const beganMs = clock.monotonicMs();
  // A character may come in two parts, and each stream has its own.
  const decoders = { out: new TextDecoder(), error: new TextDecoder() };
  let bytes = 0;
  let turn: Promise<void> = Promise.resolve();
  const append = (line: string): Promise<void> => {
    if (bytes + Buffer.byteLength(line) > bytesMax) return Promise.reject(new Error(`its transcript is full: ${bytesMax} bytes are the most`));
    bytes += Buffer.byteLength(line);
    hash.update(line);
    turn = turn.then(() => handle.appendFile(line));
    return turn;
  };
  const event = (kind: "o" | "r", text: string): string => `${JSON.stringify([(clock.monotonicMs() - beganMs) / 1_000, kind, text])}\n`;
  await append(header);
  return {
    output: (stream, chunk) => {
      const text = decoders[stream].decode(chunk, { stream: true });
      return text === "" ? turn : append(event("o", text));
    },
    resize: ({ columns, rows }) => append(event("r", `${columns}x${rows}`)),
    close: async () => {
      await turn.catch(() => {});
      await handle.sync().catch(() => {});
      await handle.close();
      return { file, sha256: hash.digest("hex"), bytes };
    },
  };
};
