import type { BusErrorKind, BusMessage, Headers } from "@fogline/ports";
import { copyOfMessage } from "@fogline/ports";
import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node";

/** What a responder answers instead of an answer. */
export type Refusal = Extract<BusErrorKind, "lost" | "queue-full" | "too-large">;

const refusals: Readonly<Record<Refusal, true>> = { lost: true, "queue-full": true, "too-large": true };
const refusalHeader = "fogline-refusal";
/** How the server itself answers a request that nobody listens for. */
const noResponders = 503;

/** Headers of NATS are one line each; percent-encoding keeps plain values readable and every other one whole. */
export const wireHeaders = (values: Headers | undefined): MsgHdrs | undefined => {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return undefined;
  const made = headers();
  for (const [name, value] of entries) made.set(name, encodeURIComponent(value));
  return made;
};

export const refusalOf = (kind: Refusal): MsgHdrs => {
  const made = headers();
  made.set(refusalHeader, kind);
  return made;
};

/** Why a message is no answer; undefined when it is one. */
export const refusalIn = ({ data, headers: given }: Msg): Refusal | "no-responders" | undefined => {
  if (given === undefined) return undefined;
  if (data.length === 0 && given.code === noResponders) return "no-responders";
  const kind = given.get(refusalHeader);
  return Object.hasOwn(refusals, kind) ? (kind as Refusal) : undefined;
};

/** A value that others than this package wrote may be no percent-encoding; then it is taken as it is. */
const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** The message as a subscriber gets it: its bytes are its own, not a part of what came in with others. */
export const messageOf = ({ subject, data, headers: given }: Msg, of = subject): BusMessage =>
  copyOfMessage(of, data, Object.fromEntries((given?.keys() ?? []).map((name) => [name, decoded(given?.get(name) ?? "")])));
