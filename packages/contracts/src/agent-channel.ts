import * as z from "zod/mini";

// A channel carries bytes both ways between a person and something on a device, over the agent's own connection: a shell, a bundle of reports.
// The hub opens it, either side ends it. Written with zod/mini because the agent ships it.

/**
 * Bytes of one direction that may be on their way: whoever receives says with `taken` how many it has passed on, and whoever sends stops at this many
 * beyond that. So a slow reader slows the program on the device down, and nothing in between grows.
 */
export const channelWindowBytes = 131_072;
/** Bytes of one message; in base64 and with its frame that is well below the largest frame. */
export const channelChunkBytesMax = 49_152;
/** Channels of one device at once. */
export const channelsMax = 4;

/** What an agent can beside what every agent of its protocol can. Its hello names them; the hub asks nobody for what he did not name. */
export const agentAbilities = ["shell", "support-bundle", "reboot", "rotate"] as const;

const base64 = z.string().check(z.maxLength(Math.ceil(channelChunkBytesMax / 3) * 4), z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "base64"));
const count = z.int().check(z.nonnegative());
const cells = z.int().check(z.gte(1), z.lte(1_000));

/** A terminal as the person has it. */
export const TerminalSize = z.object({ columns: cells, rows: cells });
export const Terminal = z.extend(TerminalSize, {
  name: z.string().check(z.regex(/^[A-Za-z0-9.+-]{1,64}$/, "the name of a terminal, like xterm-256color")),
});

/** What a command in a shell is: its words, passed on as they are. */
export const ShellCommand = z.array(z.string().check(z.maxLength(8_192))).check(z.minLength(1), z.maxLength(256));

export const ChannelPurpose = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("shell"),
    /** Null for the login shell of the agent's user. */
    command: z.nullable(ShellCommand),
    /** Null: no terminal, two streams, as for a program that pipes. */
    terminal: z.nullable(Terminal),
    /** Who asks: said on the device. */
    by: z.string().check(z.maxLength(200)),
  }),
  z.object({ kind: z.literal("support-bundle"), bytesMax: z.int().check(z.positive()) }),
]);

/** Signals that a person may send to a command without a terminal; with one, keys do that. */
export const ChannelSignal = z.enum(["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP", "SIGKILL"]);

/** From the hub. */
export const ToChannel = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), purpose: ChannelPurpose }),
  z.object({ kind: z.literal("data"), base64 }),
  /** No more input follows. */
  z.object({ kind: z.literal("end") }),
  z.object({ kind: z.literal("resize"), size: TerminalSize }),
  z.object({ kind: z.literal("signal"), name: ChannelSignal }),
  /** So many bytes of the agent's were passed on, in all. */
  z.object({ kind: z.literal("taken"), bytes: count }),
  /** The person is gone, or may not any more: everything that runs in it ends. */
  z.object({ kind: z.literal("close"), reason: z.string() }),
]);

/** From the agent. `refused` or `opened` comes first, `ended` last; nothing follows `refused`. */
export const FromChannel = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("opened"), terminal: z.boolean() }),
  z.object({ kind: z.literal("refused"), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal("data"), stream: z.enum(["out", "error"]), base64 }),
  z.object({ kind: z.literal("taken"), bytes: count }),
  z.object({
    kind: z.literal("ended"),
    /** Null when it did not exit by itself. */
    exitCode: z.nullable(z.int()),
    signal: z.nullable(z.string()),
    reason: z.string(),
  }),
]);

export type AgentAbility = (typeof agentAbilities)[number];
export type TerminalSize = z.output<typeof TerminalSize>;
export type Terminal = z.output<typeof Terminal>;
export type ChannelPurpose = z.output<typeof ChannelPurpose>;
export type ChannelSignal = z.output<typeof ChannelSignal>;
export type ToChannel = z.output<typeof ToChannel>;
export type FromChannel = z.output<typeof FromChannel>;
