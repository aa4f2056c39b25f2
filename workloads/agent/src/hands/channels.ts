import type { ChannelPurpose, FromChannel, ToChannel } from "@fogline/contracts/agent-channel";
import { channelsMax } from "@fogline/contracts/agent-channel";
import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { AgentLog } from "../ports.ts";
import { type ChannelFlow, openFlow } from "./flow.ts";
import type { Hands, Program } from "./program.ts";

export interface ChannelsParts {
  readonly hands: Hands;
  /** Sends to the hub; false when there is nobody. */
  readonly send: (channelId: string, message: FromChannel) => boolean;
  readonly clock: Clock;
  readonly log: AgentLog;
}

export interface Channels {
  received(channelId: string, message: ToChannel): void;
  /** The connection is gone, or the agent stops: everything that runs in a channel ends. */
  closeAll(reason: string): void;
}

/** How often it is looked whether somebody at the device has taken the permission back. */
const permissionMs = 2_000;

interface Channel {
  readonly flow: ChannelFlow;
  readonly program: Program;
  readonly cancel: () => void;
  closedBecause?: string;
}

/**
 * The channels that the hub has opened. Invariants: a channel's program ends when the channel does, and the other way round; what it writes is told in
 * order, `ended` last; nothing outlives the connection that it was opened over.
 */
export const createChannels = ({ hands, send, clock, log }: ChannelsParts): Channels => {
  const channels = new Map<string, Channel>();
  /** Asked for and not there yet; `close` may come before they are. */
  const opening = new Map<string, { closed: boolean }>();

  const close = (channelId: string, channel: Channel, reason: string) => {
    if (channel.closedBecause !== undefined) return;
    channel.closedBecause = reason;
    log.info("a channel is closed", { channel: channelId, reason });
    channel.program.kill();
  };

  const watchPermission = (channelId: string, purpose: ChannelPurpose): (() => void) => {
    let cancel = () => {};
    const look = () => {
      const channel = channels.get(channelId);
      const why = hands.withdrawn(purpose);
      if (channel !== undefined && why !== undefined) return close(channelId, channel, why);
      cancel = clock.after(permissionMs, look);
    };
    cancel = clock.after(permissionMs, look);
    return () => cancel();
  };

  const open = async (channelId: string, purpose: ChannelPurpose): Promise<void> => {
    const refuse = (code: string, message: string) => void send(channelId, { kind: "refused", code, message });
    if (channels.has(channelId) || opening.has(channelId)) return;
    if (channels.size + opening.size >= channelsMax) return refuse("FL4152", `${channelsMax} channels are open already`);
    const asked = { closed: false };
    opening.set(channelId, asked);
    const flow = openFlow({ send: (message) => send(channelId, message), clock });
    const opened = await hands.open(purpose, (stream, bytes) => {
      flow.write(stream, bytes);
      if (flow.full) channels.get(channelId)?.program.pause();
    });
    opening.delete(channelId);
    if (!opened.ok) {
      log.warn("a channel was refused", { channel: channelId, purpose: purpose.kind, reason: opened.failure.message });
      return refuse(opened.failure.code, opened.failure.message);
    }
    const program = opened.value;
    log.info("a channel is open", {
      channel: channelId,
      purpose: purpose.kind,
      ...(purpose.kind === "shell" ? { by: purpose.by, command: purpose.command } : {}),
    });
    const channel: Channel = { flow, program, cancel: watchPermission(channelId, purpose) };
    channels.set(channelId, channel);
    flow.begin({ kind: "opened", terminal: program.terminal }, () => program.resume());
    if (flow.full) program.pause();
    if (asked.closed) close(channelId, channel, "it was closed while it opened");
    const end = await program.ended;
    channel.cancel();
    channels.delete(channelId);
    log.info("a channel has ended", { channel: channelId, exitCode: end.exitCode, signal: end.signal });
    flow.end({ kind: "ended", ...end, reason: channel.closedBecause ?? end.reason });
  };

  const take = (channel: Channel, message: Exclude<ToChannel, { kind: "open" | "close" }>) => {
    const { program, flow } = channel;
    if (message.kind === "data") {
      const bytes = Buffer.from(message.base64, "base64");
      void program.write(bytes).then(() => flow.took(bytes.length));
    } else if (message.kind === "end") program.endInput();
    else if (message.kind === "resize") program.resize(message.size);
    else if (message.kind === "signal") program.signal(message.name);
    else flow.taken(message.bytes);
  };

  return {
    received: (channelId, message) => {
      if (message.kind === "open") {
        void open(channelId, message.purpose).catch((thrown: unknown) => log.warn("a channel failed", { channel: channelId, error: textOf(thrown) }));
        return;
      }
      const channel = channels.get(channelId);
      if (message.kind === "close") {
        const waiting = opening.get(channelId);
        if (waiting !== undefined) waiting.closed = true;
        if (channel !== undefined) close(channelId, channel, message.reason);
      } else if (channel !== undefined) take(channel, message);
    },
    closeAll: (reason) => {
      for (const waiting of opening.values()) waiting.closed = true;
      for (const [channelId, channel] of channels) close(channelId, channel, reason);
    },
  };
};
