import { execFile } from "node:child_process";

/** Says one thing to systemd; resolves once it is said, rejects where it cannot be. */
export type Notify = (text: string) => Promise<void>;

const SAY_MS_MAX = 10_000;

/**
 * By the `systemd-notify` of the system: Node cannot send to a Unix datagram socket. A process every minute or so is less than a native module that every
 * device would have to have for its architecture.
 */
export const bySystemdNotify: Notify = (text) =>
  new Promise((resolve, reject) => {
    execFile("systemd-notify", [text], { timeout: SAY_MS_MAX }, (failure) => (failure === null ? resolve() : reject(failure)));
  });

export interface ServiceNoticeOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly processId: number;
  readonly notify: Notify;
  /** Whether the agent still works; throwing means that it does not. */
  readonly healthy: () => boolean;
  readonly every: (periodMs: number, action: () => void) => void;
  readonly warn: (message: string) => void;
}

/** How often the watchdog is told within its time, so that one message may be lost. */
const TIMES_WITHIN = 3;

/** Tells systemd that the service is ready, and for its watchdog again and again that it works. Says nothing where systemd did not start this process. */
export const noticeService = async ({ environment, processId, notify, healthy, every, warn }: ServiceNoticeOptions): Promise<void> => {
  if ((environment.NOTIFY_SOCKET ?? "") === "") return;
  const say = (text: string): Promise<void> => notify(text).catch((thrown: unknown) => warn(`systemd was not told ${text}: ${String(thrown)}`));
  const periodMs = Number(environment.WATCHDOG_USEC ?? 0) / 1_000 / TIMES_WITHIN;
  const meant = environment.WATCHDOG_PID === undefined || Number(environment.WATCHDOG_PID) === processId;
  if (periodMs > 0 && meant) {
    every(periodMs, () => {
      try {
        if (healthy()) void say("WATCHDOG=1");
      } catch (thrown) {
        warn(`the agent does not work, and systemd will start it anew: ${String(thrown)}`);
      }
    });
  }
  await say("READY=1");
};
