import { type Bus, BusError, type Clock, type Database, type Subscription } from "@fogline/ports";

const forever = <Value>(): Promise<Value> => new Promise(() => {});

/**
 * One life of a process: the bus and the database as it sees them. When it is killed, nothing that it still wanted to do happens: its calls
 * never return, nobody answers for it, and a transaction that was committed is not known to it. `diesAt` kills it right after the point of
 * that number; points are just before and just after a commit, and after a request that was answered.
 */
export class Life {
  alive = true;
  /** Points passed so far. */
  points = 0;
  readonly #diesAt: number;
  readonly #subscriptions: Subscription[] = [];
  /** A caller is not left waiting for a handler that hangs in a dead process: its connection breaks. */
  readonly #death = Promise.withResolvers<undefined>();

  constructor(diesAt = Number.POSITIVE_INFINITY) {
    this.#diesAt = diesAt;
  }

  kill(): void {
    this.alive = false;
    this.#death.resolve(undefined);
    for (const subscription of this.#subscriptions) void subscription.stop(0);
  }

  bus(bus: Bus): Bus {
    const kept = async (subscribed: Promise<Subscription>): Promise<Subscription> => {
      const subscription = await subscribed;
      if (!this.alive) void subscription.stop(0);
      this.#subscriptions.push(subscription);
      return subscription;
    };
    return {
      payloadBytesMax: bus.payloadBytesMax,
      publish: (...message) => (this.alive ? bus.publish(...message) : forever()),
      request: async (...request) => {
        if (!this.alive) return forever();
        const answer = await bus.request(...request);
        return this.#point() ? answer : forever();
      },
      subscribe: (subject, handler, options) =>
        kept(bus.subscribe(subject, (message) => (this.alive ? handler(message) : Promise.resolve()), options)),
      respond: (subject, handler, options) =>
        kept(
          bus.respond(
            subject,
            async (message) => {
              const answer = this.alive ? await Promise.race([handler(message), this.#death.promise]) : undefined;
              if (answer === undefined || !this.alive) throw new BusError("lost", subject, "the process is gone");
              return answer;
            },
            options,
          ),
        ),
      close: async () => {},
    };
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal);
        if (!this.alive) await forever();
      },
      after: (ms, run) => clock.after(ms, () => (this.alive ? run() : undefined)),
    };
  }

  database<Schema>(database: Database<Schema>): Database<Schema> {
    return {
      dialect: database.dialect,
      kysely: database.kysely,
      transaction: async (work) => {
        // A turn of the event loop, so that what was not waited for can be overtaken by the death.
        await new Promise((resolve) => setImmediate(resolve));
        if (!this.#point()) return forever();
        const value = await database.transaction(work);
        return this.#point() ? value : forever();
      },
      close: async () => {},
    };
  }

  /** False when the process died here. */
  #point(): boolean {
    if (!this.alive) return false;
    this.points += 1;
    if (this.points >= this.#diesAt) this.kill();
    return this.alive;
  }
}
