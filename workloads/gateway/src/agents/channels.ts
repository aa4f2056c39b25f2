import { type ChannelPurpose, channelChunkBytesMax, channelsMax, channelWindowBytes, type FromChannel, type ToChannel } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";

export interface ChannelsParts {
  /** Writes a frame to the agent; false when the connection is over. */
  readonly send: (channelId: string, message: ToChannel) => boolean;
  readonly clock: Clock;
}

/** What became of the wish to open one. */
export type Opened =
  | { readonly kind: "opened"; readonly terminal: boolean }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "too-many" }
  | { readonly kind: "gone" };

export interface ChannelItem {
  readonly cursor: string;
  readonly item: FromChannel;
}

/** A channel whose reader has not asked for so long has none any more: the gateway where the person was is gone. */
const orphanMs = 60_000;

interface Channel {
  opened: ((outcome: Opened) => void) | undefined;
  items: { readonly sequence: number; readonly item: FromChannel }[];
  newest: number;
  /** Bytes that the agent sent, and those that the person has. */
  sentBytes: number;
  takenBytes: number;
  ended: boolean;
  readonly wake: Set<() => void>;
  cancelOrphan: () => void;
}

/**
 * The channels of one agent's connection, as long as that lasts. Invariants: what the agent says is handed out in order, and kept until the reader asks
 * for what follows it; an agent that sends beyond the window loses the channel; a channel without a reader ends.
 */
export class ConnectionChannels {
  readonly #parts: ChannelsParts;
  readonly #channels = new Map<string, Channel>();

  constructor(parts: ChannelsParts) {
    this.#parts = parts;
  }

  open(channelId: string, purpose: ChannelPurpose, signal: AbortSignal): Promise<Opened> {
    if (this.#channels.size >= channelsMax) return Promise.resolve({ kind: "too-many" });
    if (this.#channels.has(channelId)) return Promise.resolve({ kind: "gone" });
    return new Promise((resolve) => {
      const abort = () => this.#drop(channelId, "nobody waits for it any more");
      const settle = (outcome: Opened) => {
        signal.removeEventListener("abort", abort);
        channel.opened = undefined;
        if (outcome.kind !== "opened") this.#forget(channelId);
        resolve(outcome);
      };
      const channel: Channel = {
        ...{ opened: settle, items: [], newest: 0, sentBytes: 0, takenBytes: 0, ended: false },
        wake: new Set(),
        cancelOrphan: () => {},
      };
      this.#channels.set(channelId, channel);
      this.#mind(channelId, channel);
      signal.addEventListener("abort", abort);
      if (signal.aborted || !this.#parts.send(channelId, { kind: "open", purpose })) settle({ kind: "gone" });
    });
  }

  /** False when there is no such channel. */
  send(channelId: string, messages: readonly ToChannel[]): boolean {
    const channel = this.#channels.get(channelId);
    if (channel === undefined || channel.opened !== undefined) return false;
    for (const message of messages) {
      if (message.kind === "taken") channel.takenBytes = Math.max(channel.takenBytes, message.bytes);
      // Its reader has heard all, and says so as the last thing.
      if (message.kind === "close") this.#forget(channelId);
      if (message.kind === "close" && channel.ended) return true;
      if (!this.#parts.send(channelId, message)) return false;
    }
    return true;
  }

  /** What the agent said after a cursor; waits for it until the signal aborts. Undefined when there is no such channel. */
  async page(channelId: string, after: string | undefined, limit: number, signal: AbortSignal): Promise<readonly ChannelItem[] | undefined> {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return undefined;
    this.#mind(channelId, channel);
    const from = after === undefined ? 0 : Number(after);
    channel.items = channel.items.filter(({ sequence }) => sequence > from);
    if (channel.ended && channel.items.length === 0) this.#forget(channelId);
    else if (channel.items.length === 0) await this.#woken(channel, signal);
    return channel.items.slice(0, limit).map(({ sequence, item }) => ({ cursor: String(sequence), item }));
  }

  /** The agent said something. */
  received(channelId: string, message: FromChannel): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) {
      // Its reader is gone: what still runs in it must not go on.
      if (message.kind === "opened" || message.kind === "data") this.#parts.send(channelId, { kind: "close", reason: "nobody reads it any more" });
      return;
    }
    if (message.kind === "opened") channel.opened?.({ kind: "opened", terminal: message.terminal });
    else if (message.kind === "refused") channel.opened?.(message);
    else if (!channel.ended) this.#keep(channelId, channel, message);
  }

  /** Keeps for the reader what the agent said, unless it is more than anybody has taken. */
  #keep(channelId: string, channel: Channel, message: FromChannel): void {
    if (message.kind === "data") channel.sentBytes += Buffer.byteLength(message.base64, "base64");
    if (channel.sentBytes - channel.takenBytes > channelWindowBytes + channelChunkBytesMax) {
      this.#drop(channelId, "it sends more than was taken");
      return;
    }
    this.#add(channel, message);
    if (message.kind === "ended") channel.ended = true;
  }

  /** The connection is over. */
  end(reason: string): void {
    for (const [channelId, channel] of [...this.#channels]) {
      channel.opened?.({ kind: "gone" });
      this.#over(channel, reason);
      this.#forget(channelId);
    }
  }

  #over(channel: Channel, reason: string): void {
    if (channel.ended) return;
    channel.ended = true;
    this.#add(channel, { kind: "ended", exitCode: null, signal: null, reason });
  }

  #drop(channelId: string, reason: string): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return;
    this.#parts.send(channelId, { kind: "close", reason });
    channel.opened?.({ kind: "gone" });
    this.#over(channel, reason);
  }

  #add(channel: Channel, item: FromChannel): void {
    channel.newest += 1;
    channel.items.push({ sequence: channel.newest, item });
    for (const wake of [...channel.wake]) wake();
  }

  #woken(channel: Channel, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        channel.wake.delete(wake);
        resolve();
      };
      channel.wake.add(wake);
      signal.addEventListener("abort", wake);
      if (signal.aborted) wake();
    });
  }

  /** Somebody asked: the channel has a reader. */
  #mind(channelId: string, channel: Channel): void {
    channel.cancelOrphan();
    channel.cancelOrphan = this.#parts.clock.after(orphanMs, () => {
      this.#drop(channelId, "nobody reads it any more");
      this.#forget(channelId);
    });
  }

  #forget(channelId: string): void {
    this.#channels.get(channelId)?.cancelOrphan();
    this.#channels.delete(channelId);
  }
}
