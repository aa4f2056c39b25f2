import { describe, expect, it } from "vitest";
import { noticeService, type ServiceNoticeOptions } from "./service-notice.ts";

const service = (environment: Record<string, string>, change: Partial<ServiceNoticeOptions> = {}) => {
  const said: string[] = [];
  const warned: string[] = [];
  const timers: { periodMs: number; action: () => void }[] = [];
  const options: ServiceNoticeOptions = {
    environment,
    processId: 7,
    notify: async (text) => void said.push(text),
    healthy: () => true,
    every: (periodMs, action) => void timers.push({ periodMs, action }),
    warn: (message) => void warned.push(message),
    ...change,
  };
  return { said, warned, timers, options };
};

const watched = { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "180000000", WATCHDOG_PID: "7" };

describe("an agent under systemd", () => {
  it("says that it is ready, and three times within the watchdog's time that it works", async () => {
    const { said, timers, options } = service(watched);
    await noticeService(options);
    expect(said).toEqual(["READY=1"]);
    expect(timers.map(({ periodMs }) => periodMs)).toEqual([60_000]);
    timers[0]?.action();
    expect(said).toEqual(["READY=1", "WATCHDOG=1"]);
  });

  it("keeps silent to the watchdog while it does not work, and says why", async () => {
    const fault = () => {
      throw new Error("the store is gone");
    };
    for (const healthy of [() => false, fault]) {
      const { said, warned, timers, options } = service(watched, { healthy });
      await noticeService(options);
      timers[0]?.action();
      expect(said).toEqual(["READY=1"]);
      expect(warned.join()).toBe(healthy === fault ? "the agent does not work, and systemd will start it anew: Error: the store is gone" : "");
    }
  });

  it("goes on where systemd cannot be told", async () => {
    const { warned, options } = service(watched, { notify: async () => Promise.reject(new Error("no such program")) });
    await noticeService(options);
    expect(warned).toEqual(["systemd was not told READY=1: Error: no such program"]);
  });

  it("tells no watchdog that watches another process, and nothing where systemd did not start it", async () => {
    const other = service({ ...watched, WATCHDOG_PID: "8" });
    await noticeService(other.options);
    expect([other.said, other.timers]).toEqual([["READY=1"], []]);
    const alone = service({ WATCHDOG_USEC: "1000000" });
    await noticeService(alone.options);
    expect([alone.said, alone.timers]).toEqual([[], []]);
  });
});
