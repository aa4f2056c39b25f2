import {
  type Bus,
  BusError,
  busPayloadBytesMax,
  type Clock,
  checkPattern,
  checkPayload,
  checkSubject,
  pendingMaxDefault,
  type Random,
} from "@fogline/ports";
import { type BusLog, type Link, openLink } from "./link.ts";
import { type Listeners, listeners } from "./listeners.ts";
import { type NatsSettings, optionsOf } from "./options.ts";
import { requester } from "./requests.ts";
import { wireHeaders } from "./wire.ts";

export interface NatsPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** How this process is called in the server's list of connections. */
  readonly name?: string;
  readonly log?: BusLog;
}

/** Members of a queue share by its name, whatever their patterns; so all responders of a subject are one queue, as the port wants it. */
const respondersQueue = "responders";

/**
 * The bus over a NATS server, which must let this process in: throws FL4015 for settings that do not fit, FL4070 when it does not. Core NATS
 * alone is used: nothing is stored, a message reaches who listens now. `publish` resolves when the server has the message. The server decides
 * which responder gets a request, without knowing how many wait there: a full one answers `queue-full` though another may have room. A responder
 * whose process is killed answers nothing: its callers get `timeout`.
 */
export const openNats = async (settings: NatsSettings, { clock, random, name = "fogline", log }: NatsPorts): Promise<Bus> => {
  const link: Link = await openLink(optionsOf(settings, { name, random }), { clock, log, interrupted: () => requests.failAll("lost") });
  const requests = requester(link, clock);
  const listening: Listeners = listeners(link, clock, log);
  let closed: Promise<void> | undefined;

  const checkOpen = (subject: string): void => {
    if (closed !== undefined) throw new BusError("closed", subject, "the bus is closed");
  };
  const checkUp = (subject: string): void => {
    checkOpen(subject);
    if (!link.isUp) throw new BusError("closed", subject, "there is no connection to the NATS server now");
  };
  const asClosed = (subject: string) => (thrown: unknown) => {
    throw new BusError("closed", subject, thrown instanceof Error ? thrown.message : String(thrown));
  };

  return {
    payloadBytesMax: busPayloadBytesMax,
    publish: async (subject, payload, headers) => {
      checkSubject(subject);
      checkUp(subject);
      checkPayload(subject, payload);
      const given = wireHeaders(headers);
      link.connection.publish(subject, new Uint8Array(payload), given === undefined ? {} : { headers: given });
      await link.reached().catch(asClosed(subject));
    },
    // One at a time: the order of the publisher is the order of the effects.
    subscribe: async (pattern, handler, { queue, pendingMax = pendingMaxDefault } = {}) => {
      checkPattern(pattern);
      checkOpen(pattern);
      return listening.toEvents({ pattern, queue, pendingMax, concurrencyMax: 1 }, handler).catch(asClosed(pattern));
    },
    request: async (subject, payload, options) => {
      checkSubject(subject);
      checkUp(subject);
      checkPayload(subject, payload);
      return requests.send(subject, payload, options);
    },
    respond: async (pattern, handler, { pendingMax = pendingMaxDefault, concurrencyMax = pendingMaxDefault } = {}) => {
      checkPattern(pattern);
      checkOpen(pattern);
      return listening.toRequests({ pattern, queue: respondersQueue, pendingMax, concurrencyMax }, handler).catch(asClosed(pattern));
    },
    close: () => {
      closed ??= (async () => {
        requests.failAll("closed");
        listening.drop();
        await link.close();
      })();
      return closed;
    },
  };
};
