import { StringDecoder } from "node:string_decoder";

/** Last output kept for `logs`, in bytes. */
export const tailBytesMax = 65_536;

const textOf = (chunks: readonly Buffer[]): string => new StringDecoder("utf8").write(Buffer.concat(chunks));

export interface Output {
  take(stream: "stdout" | "stderr", chunk: Buffer): void;
  text(stream: "stdout" | "stderr"): string;
  truncated(): boolean;
  tail(bytesMax: number): string;
}

/**
 * Keeps the first `bytesMax` bytes of both streams together, and the last {@link tailBytesMax} for whoever watches. What exceeds that is
 * counted and dropped while the process runs on, so a gigabyte of output costs no memory. A character cut in two at the limit is left out.
 */
export const collectOutput = (bytesMax: number): Output => {
  const kept: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  let room = bytesMax;
  let cut = false;
  let recent: Buffer[] = [];
  let recentBytes = 0;

  const remember = (chunk: Buffer) => {
    recent.push(chunk);
    recentBytes += chunk.length;
    while (recent.length > 1 && recentBytes - (recent[0]?.length ?? 0) >= tailBytesMax) recentBytes -= recent.shift()?.length ?? 0;
    // Many small chunks would each hold a whole read buffer: join them now and then.
    if (recent.length > 64) recent = [Buffer.concat(recent)];
  };

  return {
    take: (stream, chunk) => {
      remember(chunk);
      if (room > 0) kept[stream].push(chunk.length <= room ? chunk : Buffer.from(chunk.subarray(0, room)));
      cut ||= chunk.length > room;
      room = Math.max(0, room - chunk.length);
    },
    text: (stream) => textOf(kept[stream]),
    truncated: () => cut,
    tail: (limit) => {
      const all = Buffer.concat(recent);
      return all.subarray(Math.max(0, all.length - Math.min(limit, tailBytesMax))).toString("utf8");
    },
  };
};
