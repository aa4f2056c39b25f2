import { FoglineError, textOf } from "@fogline/findings";
import { busPayloadBytesMax, type Clock } from "@fogline/ports";
import { AuthorizationError, connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";

/** Where the bus tells what happens to its connection. pino's loggers fit. */
export interface BusLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The connection to the server. */
export interface Link {
  readonly connection: NatsConnection;
  /** False from an interruption until the server is back. */
  readonly isUp: boolean;
  /** Resolves when the server has everything that was sent before; rejects when the connection is interrupted or closed first. */
  reached(): Promise<void>;
  /** Resolves when the server knows of every subscription made before, now or after the interruption; rejects when the link is closed first. */
  known(): Promise<void>;
  close(): Promise<void>;
}

/** How long a server that is not there yet is waited for at the start: the supervisor of this process tries again later. */
const firstConnectMsMax = 15_000;
const firstConnectAgainMs = 500;
/** Headers travel beside the payload. */
const headerBytesMax = 64 * 1024;
/** How long what was said last may take to leave at the end. */
const goodbyeMsMax = 1_000;

/** Whether the same may go well in a moment: nobody listens yet, or its name is not known yet. A wrong login and a wrong certificate stay wrong. */
const mayPass = (thrown: unknown): boolean => {
  if (thrown instanceof AuthorizationError) return false;
  const { code, cause } = thrown as { code?: unknown; cause?: { code?: unknown } };
  const known = code ?? cause?.code;
  return typeof known !== "string" || /^E(?!RR_)/.test(known);
};

const dial = async (options: NodeConnectionOptions, clock: Clock): Promise<NatsConnection> => {
  const untilMs = clock.monotonicMs() + firstConnectMsMax;
  for (;;) {
    try {
      return await connect(options);
    } catch (thrown) {
      if (thrown instanceof FoglineError) throw thrown;
      if (!mayPass(thrown) || clock.monotonicMs() + firstConnectAgainMs > untilMs) {
        const servers = [options.servers ?? []].flat().join(", ");
        throw new FoglineError("FL4070", `no connection to the NATS server ${servers}: ${textOf(thrown)}`, { cause: thrown });
      }
      await clock.sleep(firstConnectAgainMs);
    }
  }
};

/** Connects. `interrupted` is called whenever the connection is lost. Throws FL4070 when the server does not let this process in or takes too little. */
export const openLink = async (
  options: NodeConnectionOptions,
  { clock, log, interrupted }: { clock: Clock; log: BusLog | undefined; interrupted: () => void },
): Promise<Link> => {
  const connection = await dial(options, clock);
  const payloadBytesMax = connection.info?.max_payload ?? 0;
  if (payloadBytesMax < busPayloadBytesMax + headerBytesMax) {
    await connection.close();
    throw new FoglineError(
      "FL4070",
      `the NATS server takes messages of ${payloadBytesMax} bytes, ${busPayloadBytesMax + headerBytesMax} are needed`,
      {
        remedy: "Raise max_payload in its configuration.",
      },
    );
  }
  let isUp = true;
  const confirmations = new Set<(error: Error) => void>();
  const restored = new Set<{ resolve(): void; reject(error: Error): void }>();
  const fail = (error: Error): void => {
    for (const reject of confirmations) reject(error);
    confirmations.clear();
  };

  const follow = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect" && isUp) {
        isUp = false;
        log?.warn({ server: status.server }, "the connection to the NATS server is lost; trying again until it is back");
        fail(new Error("the connection to the NATS server was interrupted"));
        interrupted();
      } else if (status.type === "reconnect") {
        isUp = true;
        log?.info({ server: status.server }, "the NATS server is back");
        for (const { resolve } of restored) resolve();
        restored.clear();
      } else if (status.type === "error") log?.warn({ err: status.error }, "the NATS server refuses something");
    }
  };
  void follow();

  const confirm = (): Promise<void> =>
    new Promise((resolve, reject) => {
      confirmations.add(reject);
      connection
        .flush()
        .then(resolve, reject)
        .finally(() => confirmations.delete(reject));
    });
  let shared: Promise<void> | undefined;
  /** One question to the server for everything that was sent in this turn. */
  const reached = (): Promise<void> => {
    shared ??= Promise.resolve().then(() => {
      shared = undefined;
      return isUp ? confirm() : Promise.reject(new Error("there is no connection to the NATS server"));
    });
    return shared;
  };

  return {
    connection,
    get isUp() {
      return isUp;
    },
    reached,
    known: async () => {
      try {
        await reached();
      } catch (thrown) {
        // The library learns of an interruption a moment before this does.
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (connection.isClosed()) throw thrown;
        if (!isUp) await new Promise<void>((resolve, reject) => restored.add({ resolve, reject }));
      }
    },
    close: async () => {
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(goodbyeMsMax, late.resolve);
      if (isUp) await Promise.race([confirm().catch(() => {}), late.promise]);
      cancel();
      await connection.close();
      const closed = new Error("the bus is closed");
      fail(closed);
      for (const { reject } of restored) reject(closed);
      restored.clear();
    },
  };
};
