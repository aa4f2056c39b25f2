import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createGzip } from "node:zlib";
import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { Output, Program, ProgramEnd } from "./program.ts";
import { redacted } from "./redact.ts";
import type { Source } from "./sources.ts";
import { tarEnd, tarEntry } from "./tar.ts";

/** What the agent itself adds. */
export interface OwnReport {
  readonly path: string;
  readonly text: () => string;
}

export interface BundleParts {
  readonly device: string;
  readonly agentVersion: string;
  readonly own: readonly OwnReport[];
  readonly sources: readonly Source[];
  /** Why only the agent's own part may leave the device; undefined when all may. */
  readonly withheld: string | undefined;
  /** Bytes of all files together, before they are packed. */
  readonly bytesMax: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** Of one file the end is kept: what happened last is what is asked for. */
const fileBytesMax = 1_048_576;
/** A device that is half broken answers some questions never. */
const answerMs = 10_000;

interface Manifest {
  readonly format: "fogline-support-bundle-1";
  readonly device: string;
  readonly agentVersion: string;
  readonly at: string;
  readonly files: { path: string; from: string; bytes: number; cut: boolean; redactions: number }[];
  /** What is not there, and why. */
  readonly missing: { path: string; from: string; why: string }[];
}

const wordsOf = ({ from }: Source): string => (from.kind === "file" ? from.path : from.words.join(" "));

const commandText = ([file, ...rest]: readonly [string, ...string[]], environment: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = {
      env: { ...environment, LC_ALL: "C", SYSTEMD_COLORS: "0" },
      maxBuffer: 8 * fileBytesMax,
      timeout: answerMs,
      killSignal: "SIGKILL",
    } as const;
    const child = execFile(file, rest, options, (error, stdout, stderr) => {
      clearTimeout(timer);
      // Many programs say by their exit code what they say in words too.
      if (stdout !== "") resolve(stdout);
      else if (error === null) resolve(stderr);
      else
        reject(
          new Error((error as NodeJS.ErrnoException).code === "ENOENT" ? `there is no ${file} here` : stderr.trim().slice(0, 300) || textOf(error)),
        );
    });
    // One that hangs in the kernel cannot even be killed.
    const timer = setTimeout(() => {
      child.unref();
      reject(new Error(`no answer within ${answerMs / 1_000} s`));
    }, answerMs + 1_000);
  });

const read = ({ from }: Source, environment: Readonly<Record<string, string>>): Promise<string> => {
  if (from.kind === "command") return commandText(from.words, environment);
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${answerMs / 1_000} s`)), answerMs).unref();
  });
  return Promise.race([readFile(from.path, { encoding: "utf8", signal: AbortSignal.timeout(answerMs) }), late]);
};

const lastBytes = (text: string, bytesMax: number): { bytes: Buffer; cut: boolean } => {
  const bytes = Buffer.from(text);
  return bytes.length <= bytesMax ? { bytes, cut: false } : { bytes: bytes.subarray(bytes.length - bytesMax), cut: true };
};

/** Every file of a bundle, one after the other, the manifest last. Never throws: what cannot be read is in the manifest. */
async function* filesOf(parts: BundleParts): AsyncGenerator<{ path: string; bytes: Buffer }> {
  const { device, agentVersion, own, sources, withheld, environment, clock } = parts;
  const manifest: Manifest = {
    format: "fogline-support-bundle-1",
    device,
    agentVersion,
    at: new Date(clock.now()).toISOString(),
    files: [],
    missing: [],
  };
  let left = parts.bytesMax;
  const fileOf = (path: string, from: string, whole: string) => {
    // Redacted first and then cut: of half a secret nobody would see that it is one.
    const { text, count } = redacted(whole);
    const { bytes, cut } = lastBytes(text, Math.min(fileBytesMax, left));
    left -= bytes.length;
    manifest.files.push({ path, from, bytes: bytes.length, cut, redactions: count });
    return { path, bytes };
  };
  for (const { path, text } of own) yield fileOf(path, "the agent", text());
  for (const source of sources) {
    const { path } = source;
    const from = wordsOf(source);
    if (withheld !== undefined || left <= 0) {
      manifest.missing.push({ path, from, why: withheld ?? "the bundle was full" });
      continue;
    }
    try {
      yield fileOf(path, from, await read(source, environment));
    } catch (thrown) {
      manifest.missing.push({ path, from, why: redacted(textOf(thrown)).text });
    }
  }
  yield { path: "manifest.json", bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) };
}

/** Collects a support bundle and writes it as a tar.gz as it comes. */
export const supportBundle = (parts: BundleParts, output: Output): Program => {
  const { device, clock } = parts;
  const gzip = createGzip();
  let killed = false;
  gzip.on("data", (bytes: Buffer) => output("out", bytes));
  const ended = new Promise<ProgramEnd>((resolve) => {
    const failed = (thrown: unknown) => resolve({ exitCode: null, signal: null, reason: `the bundle broke off: ${textOf(thrown)}` });
    gzip.once("end", () => resolve({ exitCode: 0, signal: null, reason: "it is whole" }));
    gzip.once("error", failed);
    const write = (bytes: Buffer) => new Promise<void>((written, broken) => gzip.write(bytes, (error) => (error ? broken(error) : written())));
    const collect = async () => {
      for await (const { path, bytes } of filesOf(parts)) {
        if (killed) return resolve({ exitCode: null, signal: null, reason: "it was ended" });
        await write(tarEntry(`${device}/${path}`, bytes, clock.now()));
      }
      gzip.end(tarEnd());
    };
    collect().catch(failed);
  });
  return {
    terminal: false,
    ended,
    write: async () => undefined,
    endInput: () => undefined,
    resize: () => undefined,
    signal: () => undefined,
    pause: () => gzip.pause(),
    resume: () => gzip.resume(),
    kill: () => {
      killed = true;
      gzip.destroy(new Error("it was ended"));
    },
  };
};
