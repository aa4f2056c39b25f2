import { closeSync, openSync, readSync, watch } from "node:fs";

const CHUNK_BYTES = 65_536;

/** Reads the lines that are appended to a file as they come. `end` reads what is left and stops; half a line at the end is left out. */
export const follow = (file: string, onLine: (line: string) => void): { end(): void } => {
  const descriptor = openSync(file, "r");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const decoder = new TextDecoder();
  let rest = "";
  const read = (): void => {
    for (let bytes = readSync(descriptor, chunk); bytes > 0; bytes = readSync(descriptor, chunk)) {
      const lines = (rest + decoder.decode(chunk.subarray(0, bytes), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
  };
  const watcher = watch(file, read);
  read();
  return {
    end: () => {
      watcher.close();
      read();
      closeSync(descriptor);
    },
  };
};
