import { existsSync, renameSync, statSync } from "node:fs";
import { pino } from "pino";

/** Two of them at most: the file itself and the one before it, `<path>.1`. */
const logBytesMax = 10 * 1024 ** 2;
/** Lines that wait while the disk takes none; what comes then is lost. */
const waitingBytesMax = 1024 ** 2;

/**
 * Appends lines to a file, each on its way to the disk before `write` returns. A file that grows beyond `bytesMax` becomes `<path>.1`. A disk
 * that is full costs lines and nothing else: a log must not end the process that it tells of. What is written after `end` is dropped.
 */
export const logFile = (path: string, bytesMax = logBytesMax): { write(text: string): void; end(): void } => {
  let sizeBytes = existsSync(path) ? statSync(path).size : 0;
  let ended = false;
  const file = pino.destination({ dest: path, sync: true, mode: 0o600, maxLength: waitingBytesMax });
  file.on("error", () => undefined);
  file.on("write", (writtenBytes: number) => {
    sizeBytes += writtenBytes;
    if (sizeBytes <= bytesMax) return;
    sizeBytes = 0;
    try {
      renameSync(path, `${path}.1`);
      file.reopen();
    } catch {
      // It goes on in the old file, and tries again when that has grown as much.
    }
  });
  return {
    write: (text) => {
      if (!ended) file.write(text);
    },
    end: () => {
      ended = true;
      file.end();
    },
  };
};
