import { type EventDeclaration, type EventEnvelope, type Input, type Output, orchestrationDefaults, type Schema } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { BusError, type BusMessage, type Clock, type Random, type Subscription } from "@fogline/ports";
import * as z from "zod/mini";
import { backoffMs } from "./call.ts";
import type { ClientContext } from "./client.ts";
import { decode, encode } from "./json.ts";
import { parseDroppingUnknown } from "./parse.ts";
import { eventSubject } from "./wire.ts";

export interface EventOptions {
  /** Subscribers of one queue share the events; each goes to one of them. */
  readonly queue?: string;
}

/** Ids of events that one subscription remembers, to drop those that arrive twice. */
const seenMax = 4_096;
const attemptsMax = 3;

const Envelope = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  occurredAtMs: z.int(),
  correlationId: z.string(),
  data: z.unknown(),
});

/** Puts an event in its envelope and encodes it. Throws FL4001 when the data does not fit the declaration: a mistake of the caller. */
export const envelopeOf = <Data extends Schema>(
  { name, data: schema }: EventDeclaration<string, Data>,
  data: Input<Data>,
  { clock, random, source, correlationId }: { clock: Clock; random: Random; source: string; correlationId: string },
): { readonly envelope: EventEnvelope; readonly bytes: Uint8Array } => {
  const envelope = { id: random.id(), name, source, occurredAtMs: clock.now(), correlationId, data };
  const encoded = encode(envelope);
  const parsed = "bytes" in encoded ? parseDroppingUnknown(schema, data) : encoded;
  if ("problems" in parsed || "problems" in encoded) {
    const problems = "problems" in parsed ? parsed.problems : [];
    throw new FoglineError("FL4001", `the data of ${name} does not fit: ${problems.map(({ path, message }) => `${path}: ${message}`).join("; ")}`, {
      fields: { problems },
    });
  }
  return { envelope, bytes: encoded.bytes };
};

/** See `Client.publish`. */
export const publishEvent = async <Data extends Schema>(
  { bus, clock, random, source, log, correlation }: ClientContext,
  event: EventDeclaration<string, Data>,
  data: Input<Data>,
  correlationId = correlation?.() ?? random.id(),
): Promise<void> => {
  const { bytes } = envelopeOf(event, data, { clock, random, source, correlationId });
  try {
    await bus.publish(eventSubject(event.name), bytes);
  } catch (thrown) {
    // Full subscribers are normal for frequent hints; a log line each would be the next problem.
    const full = thrown instanceof BusError && thrown.kind === "queue-full";
    log[full ? "debug" : "warn"]({ err: thrown, event: event.name, correlationId }, "the bus did not take a hint");
  }
};

/** See `Client.on`. */
export const subscribeTo = async <Data extends Schema>(
  { bus, clock, random, log }: ClientContext,
  event: EventDeclaration<string, Data>,
  handler: (data: Output<Data>, envelope: EventEnvelope) => Promise<void>,
  { queue }: EventOptions,
): Promise<Subscription> => {
  const seen = recentIds(seenMax);
  const stopping = new AbortController();
  const receive = async ({ payload }: BusMessage): Promise<void> => {
    const envelope = parseDroppingUnknown(Envelope, decode(payload));
    const parsed = "value" in envelope ? parseDroppingUnknown(event.data, envelope.value.data) : envelope;
    if ("problems" in parsed || "problems" in envelope) {
      log.error({ event: event.name, ...parsed }, "an event does not fit its declaration");
      return;
    }
    if (!seen.add(envelope.value.id)) return;
    const { id, correlationId } = envelope.value;
    for (let attempt = 1; ; attempt++) {
      try {
        return await handler(parsed.value, envelope.value);
      } catch (thrown) {
        const last = attempt === attemptsMax;
        log[last ? "error" : "warn"]({ err: thrown, event: event.name, id, correlationId, attempt }, "an event's handler threw");
        if (last) return;
        const slept = await clock.sleep(backoffMs(attempt, random.unit()), stopping.signal).then(
          () => true,
          () => false,
        );
        if (!slept) return;
      }
    }
  };
  const options = { pendingMax: orchestrationDefaults.queueMax, ...(queue === undefined ? {} : { queue }) };
  const subscription = await bus.subscribe(eventSubject(event.name), receive, options);
  return {
    stop: (deadlineMs) => {
      stopping.abort(new Error("the subscription stopped"));
      return subscription.stop(deadlineMs);
    },
  };
};

/** The last `limit` ids that were added. `add` is false for one that it still remembers. */
export const recentIds = (limit: number): { add(id: string): boolean } => {
  const ids = new Set<string>();
  return {
    add: (id) => {
      if (ids.has(id)) return false;
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > limit && oldest !== undefined) ids.delete(oldest);
      return true;
    },
  };
};
