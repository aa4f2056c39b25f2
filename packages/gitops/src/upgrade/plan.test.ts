import { parseFleet, type Window } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { isOpen, planUpgrade } from "./plan.ts";

const text = `fleet: demo
rings:
  first: { k3s: v1.36.3+k3s1, soak: 2h }
  rest: { k3s: v1.36.3+k3s1, window: Mon-Thu 08:00-16:00 Europe/Berlin }
sites: { home: { region: eu-central } }
clusters:
  alpha: { site: home, tier: access-edge, ring: rest }
  zeta: { site: home, tier: access-edge, ring: first }
devices:
  a-1: { cluster: alpha, hardware: pi-5-8 }
  a-9: { cluster: alpha, hardware: pi-5-8, role: server, address: 10.0.0.9 }
  z-2: { cluster: zeta, hardware: pi-5-8 }
  z-1: { cluster: zeta, hardware: pi-5-8, role: server, address: 10.0.0.1 }
`;
const { fleet } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
if (fleet === undefined) throw new Error("the fleet cannot be read");

/** A Wednesday, 10:00 in Berlin; a Saturday at the same time. */
const wednesdayMs = Date.UTC(2026, 10, 25, 9);
const saturdayMs = Date.UTC(2026, 10, 28, 9);
const plan = (selector: string, nowMs = wednesdayMs, anyTime = false, soakMs?: number) =>
  planUpgrade(fleet, { selector, nowMs, anyTime, ...(soakMs === undefined ? {} : { soakMs }) });

describe("the order in which machines are upgraded", () => {
  it("is by ring, then by cluster, servers before agents", () => {
    const { steps, findings } = plan("all");
    expect(findings).toEqual([]);
    expect(steps.map(({ device, as }) => `${device} ${as}`)).toEqual(["z-1 first server", "z-2 agent", "a-9 first server", "a-1 agent"]);
    expect(steps[0]).toEqual({ device: "z-1", ring: "first", cluster: "zeta", as: "first server", k3s: "v1.36.3+k3s1" });
  });

  it.each([
    ["a-*", ["a-9", "a-1"]],
    ["cluster:zeta", ["z-1", "z-2"]],
    ["ring:rest", ["a-9", "a-1"]],
    ["site:home", ["z-1", "z-2", "a-9", "a-1"]],
    ["z-2", ["z-2"]],
  ])("has for %s these alone", (selector, devices) => {
    expect(plan(selector).steps.map(({ device }) => device)).toEqual(devices);
  });

  it("is empty for what nobody is called, and says whom it may have meant", () => {
    expect(plan("z-3").findings).toMatchObject([
      { code: "FL4129", message: "z-3 is no machine that Fogline sets up", remedy: expect.stringMatching(/^Did you mean z-[12]\?$/) },
    ]);
    expect(plan("cluster:alpha").steps.map(({ device }) => device)).toEqual(["a-9", "a-1"]);
  });

  it("is refused outside of a ring's window, unless somebody says that it does not count", () => {
    expect(plan("a-*", saturdayMs).findings).toMatchObject([
      { code: "FL4129", message: expect.stringContaining("ring rest is outside of its window, Mon,Tue,Wed,Thu 08:00-16:00") },
    ]);
    expect(plan("a-*", saturdayMs, true).findings).toEqual([]);
    expect(plan("z-*", saturdayMs).findings).toEqual([]);
  });
});

describe("the pause between two rings", () => {
  const pauses = (...asked: Parameters<typeof plan>) =>
    plan(...asked).steps.flatMap(({ device, after }) => (after === undefined ? [] : [{ device, ...after }]));

  it("is the soak of the ring before, ahead of the first machine of the next one", () => {
    expect(pauses("all")).toEqual([{ device: "a-9", ring: "first", soakMs: 7_200_000 }]);
    expect(pauses("ring:rest")).toEqual([]);
  });

  it("is what somebody says instead, also none", () => {
    expect(pauses("all", wednesdayMs, false, 60_000)).toEqual([{ device: "a-9", ring: "first", soakMs: 60_000 }]);
    expect(pauses("all", wednesdayMs, false, 0)).toMatchObject([{ soakMs: 0 }]);
  });

  it("may end outside of the window of the next ring, which is said before anything begins", () => {
    const halfPastTwo = Date.UTC(2026, 10, 25, 13, 30);
    expect(plan("all", halfPastTwo).findings).toMatchObject([
      { code: "FL4129", message: expect.stringContaining("ring rest is outside of its window") },
    ]);
    expect(plan("all", halfPastTwo, false, 0).findings).toEqual([]);
    expect(plan("all", Date.UTC(2026, 10, 25, 6)).findings).toEqual([]);
  });
});

describe("a window", () => {
  const workdays: Window = { days: ["Mon", "Tue", "Wed", "Thu"], fromMinute: 8 * 60, toMinute: 16 * 60, timeZone: "UTC" };
  const overnight: Window = { days: ["Sat"], fromMinute: 22 * 60, toMinute: 2 * 60, timeZone: "UTC" };
  const open = (window: Window, ...at: readonly [number, number, number, number]) => isOpen(window, Date.UTC(...at));

  it("is open from its first minute until before its last", () => {
    expect(open(workdays, 2026, 10, 25, 8)).toBe(true);
    expect(open(workdays, 2026, 10, 25, 16)).toBe(false);
    expect(open(workdays, 2026, 10, 27, 9)).toBe(false);
  });

  it("goes past midnight into a day on which it does not start", () => {
    expect(open(overnight, 2026, 10, 28, 23)).toBe(true);
    expect(open(overnight, 2026, 10, 29, 1)).toBe(true);
    expect(open(overnight, 2026, 10, 29, 22)).toBe(false);
    expect(open(overnight, 2026, 10, 28, 1)).toBe(false);
  });
});
