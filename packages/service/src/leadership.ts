import { textOf } from "@fogline/findings";
import type { Clock, Lease, Leases } from "@fogline/ports";
import type { AnyDatabase } from "@fogline/rpc";
import type { Log } from "./log.ts";
import type { Shell } from "./shell.ts";

/** Which of several replicas is the one that acts. */
export interface Leadership {
  /** The lease while this replica is the one; undefined while another is. */
  readonly lease: Lease | undefined;
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
  /** What is led. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  readonly leaseMs: number;
  /** Asked before this replica becomes the one, with its fence: false when the tables already have a higher one. */
  readonly mayLead?: (fence: number) => Promise<boolean>;
  /** Called when this replica became the one. */
  readonly won: (lease: Lease) => void;
  /** Called when it is no longer the one, unless it stopped by itself. */
  readonly over?: () => void;
}

/**
 * Who this process is for a lease. On a server, replicas may have been given one name, and a process that starts again must not go on as the one
 * that died; on a file there is one process, which need not wait for itself.
 */
export const leaseHolder = ({ instance, random }: Pick<Shell, "instance" | "random">, { dialect }: Pick<AnyDatabase, "dialect">): string =>
  dialect === "sqlite" ? instance : `${instance}.${random.id()}`;

/** Renewed this many times within its duration, so that one failed renewal loses nothing. */
const renewals = 3;

/**
 * Keeps asking for the lease. Two locks in one: the lease says who may try, the fence in the tables says whose writes count. A replica that
 * was paused while another took over finds its fence refused, whatever its clock says.
 */
export const seekLeadership = async (options: LeadershipOptions): Promise<Leadership> => {
  const { leases, name, clock, log, holder, leaseMs, mayLead = async () => true, won, over } = options;
  let lease: Lease | undefined;
  let sinceMs = 0;
  let stopped = false;
  let cancel = () => {};

  const lose = (): void => {
    if (lease === undefined) return;
    log.warn({ fence: lease.fence }, "another replica leads now");
    lease = undefined;
    over?.();
  };
  const ask = async (): Promise<void> => {
    const held = lease;
    const got = held === undefined ? await leases.acquire(name, holder, leaseMs) : await leases.renew(held, leaseMs);
    if (stopped) return;
    if (got === undefined) return lose();
    if (held?.fence === got.fence) {
      lease = got;
      return;
    }
    if (!(await mayLead(got.fence)) || stopped) return;
    lease = got;
    sinceMs = clock.now();
    log.info({ fence: got.fence }, "this replica leads");
    won(got);
  };
  const turn = async (): Promise<void> => {
    try {
      await ask();
    } catch (thrown) {
      log.error({ err: textOf(thrown) }, "the lease could not be asked for");
    }
    if (!stopped) cancel = clock.after(Math.ceil(leaseMs / renewals), () => void turn());
  };
  await turn();

  const valid = (): Lease | undefined => (lease !== undefined && lease.expiresAtMs > clock.now() ? lease : undefined);
  return {
    get lease() {
      return valid();
    },
    get fence() {
      return valid()?.fence;
    },
    get sinceMs() {
      return sinceMs;
    },
    lost: lose,
    stop: async () => {
      stopped = true;
      cancel();
      if (lease !== undefined) await leases.release(lease);
      lease = undefined;
    },
  };
};
