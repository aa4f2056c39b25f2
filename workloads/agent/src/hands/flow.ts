import { channelChunkBytesMax, channelWindowBytes, type FromChannel } from "@fogline/contracts/agent-channel";
import type { Clock } from "@fogline/ports";
import type { OutputStream } from "./program.ts";

/** Frames of one channel are at least so far apart: the hub counts how many an agent sends a second. */
const paceMs = 10;

export interface FlowParts {
  readonly send: (message: FromChannel) => boolean;
  readonly clock: Clock;
}

/** What one channel says to the hub. */
export interface ChannelFlow {
  /** More waits than the hub will take for now. */
  readonly full: boolean;
  write(stream: OutputStream, bytes: Uint8Array): void;
  /** Says the first message, then what was written before it. `room` is called when there is room again after it was full. */
  begin(first: FromChannel, room: () => void): void;
  /** So many bytes of input were taken, beside those before. */
  took(bytes: number): void;
  /** The person has so many bytes, in all. */
  taken(bytes: number): void;
  /** Says this after everything that was written; nothing follows it. */
  end(last: FromChannel): void;
}

/**
 * Invariants: no more than the window is on its way; what is written is told in order, in as few frames as the pace allows, the first at once; the last
 * message waits for everything before it.
 */
export const openFlow = ({ send, clock }: FlowParts): ChannelFlow => {
  let queue: { readonly stream: OutputStream; readonly bytes: Uint8Array }[] = [];
  let queuedBytes = 0;
  let sentBytes = 0;
  let takenBytes = 0;
  let inputBytes = 0;
  let inputTold = 0;
  let begun = false;
  let wasFull = false;
  let last: FromChannel | undefined;
  let room = () => {};
  let timer: (() => void) | undefined;
  let spokeAtMs = Number.NEGATIVE_INFINITY;

  const isFull = () => queuedBytes >= channelWindowBytes;

  /** The next bytes of one stream that fit. */
  const next = (): { stream: OutputStream; bytes: Buffer } | undefined => {
    const stream = queue[0]?.stream;
    let fits = Math.min(channelChunkBytesMax, channelWindowBytes - (sentBytes - takenBytes));
    if (stream === undefined || fits <= 0) return undefined;
    const parts: Uint8Array[] = [];
    while (fits > 0 && queue[0]?.stream === stream) {
      const { bytes } = queue.shift() as { bytes: Uint8Array };
      parts.push(bytes.subarray(0, fits));
      if (bytes.length > fits) queue = [{ stream, bytes: bytes.subarray(fits) }, ...queue];
      fits -= Math.min(fits, bytes.length);
    }
    return { stream, bytes: Buffer.concat(parts) };
  };

  const speak = () => {
    timer = undefined;
    spokeAtMs = clock.monotonicMs();
    if (inputTold < inputBytes) {
      inputTold = inputBytes;
      send({ kind: "taken", bytes: inputBytes });
    }
    const chunk = next();
    if (chunk !== undefined) {
      sentBytes += chunk.bytes.length;
      queuedBytes -= chunk.bytes.length;
      send({ kind: "data", stream: chunk.stream, base64: chunk.bytes.toString("base64") });
    }
    if (wasFull && !isFull()) {
      wasFull = false;
      room();
    }
    if (queuedBytes === 0 && last !== undefined) {
      send(last);
      last = undefined;
    } else if (chunk !== undefined) wake();
  };
  const wake = () => {
    if (!begun || timer !== undefined) return;
    const waitMs = paceMs - (clock.monotonicMs() - spokeAtMs);
    if (waitMs <= 0) speak();
    else timer = clock.after(waitMs, speak);
  };

  return {
    get full() {
      return isFull();
    },
    write: (stream, bytes) => {
      if (bytes.length === 0) return;
      queue.push({ stream, bytes });
      queuedBytes += bytes.length;
      wasFull ||= isFull();
      wake();
    },
    begin: (first, whenRoom) => {
      begun = true;
      room = whenRoom;
      send(first);
      wake();
    },
    took: (bytes) => {
      inputBytes += bytes;
      wake();
    },
    taken: (bytes) => {
      takenBytes = Math.min(sentBytes, Math.max(takenBytes, bytes));
      wake();
    },
    end: (message) => {
      last = message;
      if (queuedBytes > 0) return wake();
      timer?.();
      speak();
    },
  };
};
