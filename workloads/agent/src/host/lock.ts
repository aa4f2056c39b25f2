import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { startTicksOf } from "../runner/traces.ts";

const attemptsMax = 5;

const holderOf = (path: string): { processId: number; startTicks: number } => {
  try {
    const [processId = 0, startTicks = 0] = readFileSync(path, "utf8").trim().split(" ").map(Number);
    return { processId, startTicks };
  } catch {
    return { processId: 0, startTicks: 0 };
  }
};

/**
 * Takes a data folder for this process; answers how to give it back. A lock whose process is gone, or whose process id now belongs to another
 * process, is stale and is replaced. Throws FL4019 when another process holds it, FL4017 when the folder cannot be written.
 */
export const lockFolder = (folder: string): (() => void) => {
  const path = join(folder, "agent.lock");
  const notWritable = (thrown: unknown) =>
    new FoglineError("FL4017", `the data folder "${folder}" cannot be written: ${textOf(thrown)}`, { cause: thrown });
  try {
    mkdirSync(folder, { recursive: true });
  } catch (thrown) {
    throw notWritable(thrown);
  }
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    try {
      // Written aside and linked: nobody ever sees a lock without its holder.
      const written = `${path}.${process.pid}`;
      writeFileSync(written, `${process.pid} ${startTicksOf(process.pid) ?? 0}\n`);
      try {
        linkSync(written, path);
      } finally {
        unlinkSync(written);
      }
      return () => {
        if (holderOf(path).processId === process.pid) unlinkSync(path);
      };
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw notWritable(thrown);
      const holder = holderOf(path);
      if (holder.processId > 0 && startTicksOf(holder.processId) === holder.startTicks) {
        throw new FoglineError("FL4019", `process ${holder.processId} holds the data folder "${folder}"`, { fields: { ...holder } });
      }
      try {
        unlinkSync(path);
      } catch {
        // Another starter removed it first.
      }
    }
  }
  throw new FoglineError("FL4019", `the lock of the data folder "${folder}" changes hands all the time`);
};
