import { channelChunkBytesMax, channelWindowBytes, type FromChannel, type FromShell, type ToChannel, ToShell } from "@fogline/contracts";
import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";

/** The device's end of a session, wherever its connection is. */
export interface DeviceEnd {
  /** False when the device is gone. */
  send(messages: readonly ToChannel[]): Promise<boolean>;
  /** What came after a cursor, after a while nothing; undefined when the device is gone. */
  poll(after: string | undefined, signal: AbortSignal): Promise<readonly { readonly cursor: string; readonly item: FromChannel }[] | undefined>;
}

/** The person's end. */
export interface PersonEnd {
  text(message: FromShell): void;
  bytes(stream: "out" | "error", bytes: Uint8Array): void;
}

export interface RelayParts {
  readonly device: DeviceEnd;
  readonly person: PersonEnd;
  /** Resolves when what the device said is recorded; the person sees it afterwards. */
  readonly record: (stream: "out" | "error", bytes: Uint8Array) => Promise<void>;
  readonly resized: (size: { readonly columns: number; readonly rows: number }) => Promise<void>;
  readonly clock: Clock;
  /** Without a byte either way for so long, the session ends. */
  readonly idleMs: number;
}

/** How a session ended. */
export interface RelayEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

export interface Relay {
  /** A message of the person. */
  text(text: string): void;
  bytes(bytes: Uint8Array): void;
  /** The person is gone, or may not any more. */
  close(reason: string): void;
  /** Never rejects. */
  readonly ended: Promise<RelayEnd>;
}

const messagesMax = 16;

/**
 * Passes a session on between a person and a device. Invariants: nothing is shown that is not recorded; each side has at most the window on its way,
 * because only the other end says what was taken; what the device said before it ended is passed on before the end is.
 */
export const openRelay = ({ device, person, record, resized, clock, idleMs }: RelayParts): Relay => {
  const over = new AbortController();
  let reason: string | undefined;
  let inputBytes = 0;
  let inputTaken = 0;
  let outputBytes = 0;
  let waiting: ToChannel[] = [];
  let isSending = false;
  let cancelIdle = () => {};

  const close = (why: string) => {
    if (reason !== undefined) return;
    reason = why;
    over.abort(new Error(why));
  };
  const stir = () => {
    cancelIdle();
    cancelIdle = clock.after(idleMs, () => close(`nothing happened in it for ${Math.round(idleMs / 60_000)} min`));
  };
  const sendAll = async () => {
    while (waiting.length > 0 && !over.signal.aborted) {
      const messages = waiting.slice(0, messagesMax);
      waiting = waiting.slice(messagesMax);
      if (!(await device.send(messages))) close("the connection of the device ended");
    }
    isSending = false;
  };
  const pass = (message: ToChannel) => {
    waiting.push(message);
    if (isSending) return;
    isSending = true;
    void sendAll();
  };

  /** True when it was the last. */
  const take = async (item: FromChannel): Promise<boolean> => {
    if (item.kind === "data") {
      stir();
      const bytes = Buffer.from(item.base64, "base64");
      outputBytes += bytes.length;
      await record(item.stream, bytes);
      person.bytes(item.stream, bytes);
    } else if (item.kind === "taken") {
      inputTaken = Math.max(inputTaken, item.bytes);
      person.text(item);
    }
    return item.kind === "ended";
  };

  const run = async (): Promise<RelayEnd> => {
    let after: string | undefined;
    stir();
    while (!over.signal.aborted) {
      const items = await device.poll(after, over.signal);
      if (over.signal.aborted) break;
      if (items === undefined) {
        close("the connection of the device ended");
        break;
      }
      for (const { cursor, item } of items) {
        after = cursor;
        if (await take(item)) return { ...(item as Extract<FromChannel, { kind: "ended" }>), inputBytes, outputBytes };
      }
    }
    return { exitCode: null, signal: null, reason: reason ?? "it was closed", inputBytes, outputBytes };
  };

  const ended = run()
    .catch((thrown: unknown): RelayEnd => ({ exitCode: null, signal: null, reason: reason ?? textOf(thrown), inputBytes, outputBytes }))
    .then(async (end) => {
      cancelIdle();
      over.abort(new Error("it has ended"));
      // Whatever still runs in it ends; the device may be gone, or know it already.
      await device.send([{ kind: "close", reason: end.reason }]);
      return end;
    });

  return {
    ended,
    close,
    bytes: (bytes) => {
      stir();
      inputBytes += bytes.length;
      if (inputBytes - inputTaken > channelWindowBytes + channelChunkBytesMax) return close("it sent more than was taken");
      for (let from = 0; from < bytes.length; from += channelChunkBytesMax) {
        pass({ kind: "data", base64: Buffer.from(bytes.subarray(from, from + channelChunkBytesMax)).toString("base64") });
      }
    },
    text: (text) => {
      const message = messageIn(text);
      if (message === undefined) return close("it sent what is no message of a session");
      if (message.kind === "resize") void resized(message.size).catch((thrown: unknown) => close(textOf(thrown)));
      pass(message);
    },
  };
};

const messageIn = (text: string): ToShell | undefined => {
  try {
    const parsed = ToShell.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};
