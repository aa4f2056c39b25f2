import { textOf } from "@fogline/findings";
import type { Clock, Lease, Leases } from "@fogline/ports";
import type { Log } from "@fogline/service";
import type { TaskQueue } from "./task-queue.ts";

/** Which replica runs the loop. */
export interface Leadership {
  /** The fence to write under while this replica is the one; undefined while another is. */
  readonly fence: number | undefined;
  /** Since when it is the one. */
  readonly sinceMs: number;
  /** Another replica was found to be the one. */
  lost(): void;
  stop(): Promise<void>;
}

export interface LeadershipOptions {
  readonly leases: Leases;
  readonly queue: TaskQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  readonly leaseMs: number;
  /** Called when this replica became the one. */
  readonly won: () => void;
}

const leaseName = "scheduler";
/** Renewed this many times within its duration, so that one failed renewal loses nothing. */
const renewals = 3;

/**
 * Keeps asking for the lease. Two locks in one: the lease says who may try, the fence in the tables says whose writes count. A replica that
 * was paused while another took over finds its fence refused, whatever its clock says.
 */
export const seekLeadership = async ({ leases, queue, clock, log, holder, leaseMs, won }: LeadershipOptions): Promise<Leadership> => {
  let lease: Lease | undefined;
  let sinceMs = 0;
  let stopped = false;
  let cancel = () => {};

  const ask = async (): Promise<void> => {
    const held = lease;
    const got = held === undefined ? await leases.acquire(leaseName, holder, leaseMs) : await leases.renew(held, leaseMs);
    if (stopped) return;
    if (got === undefined) {
      if (held !== undefined) log.warn({ fence: held.fence }, "another replica runs the loop now");
      lease = undefined;
      return;
    }
    if (held?.fence === got.fence) {
      lease = got;
      return;
    }
    if (!(await queue.raiseFence(got.fence)) || stopped) return;
    lease = got;
    sinceMs = clock.now();
    log.info({ fence: got.fence }, "this replica runs the loop");
    won();
  };
  const turn = async (): Promise<void> => {
    try {
      await ask();
    } catch (thrown) {
      log.error({ err: textOf(thrown) }, "the lease of the loop could not be asked for");
    }
    if (!stopped) cancel = clock.after(Math.ceil(leaseMs / renewals), () => void turn());
  };
  await turn();

  return {
    get fence() {
      return lease !== undefined && lease.expiresAtMs > clock.now() ? lease.fence : undefined;
    },
    get sinceMs() {
      return sinceMs;
    },
    lost: () => {
      lease = undefined;
    },
    stop: async () => {
      stopped = true;
      cancel();
      if (lease !== undefined) await leases.release(lease);
      lease = undefined;
    },
  };
};
