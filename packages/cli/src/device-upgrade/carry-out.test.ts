import type { Finding } from "@fogline/findings";
import type { AgentSeen, UpgradeStep } from "@fogline/gitops";
import { describe, expect, it } from "vitest";
import { type UpgradeTools, upgradeInTurn } from "./carry-out.ts";

const step = (device: string, ring: string, after?: UpgradeStep["after"]): UpgradeStep => ({
  ...{ device, ring, as: "alone" },
  ...(after === undefined ? {} : { after }),
});
const hourMs = 3_600_000;
const steps = [step("a-1", "first"), step("a-2", "first"), step("b-1", "rest", { ring: "first", soakMs: hourMs }), step("b-2", "rest")];
const online: AgentSeen = { status: "online", reason: "it connected" };
const offline: AgentSeen = { status: "offline", reason: "it did not come back" };
const fault = (code: string): Finding => ({ code, severity: "error", message: "it is broken" });

/** Upgrades with a clock that moves only when somebody sleeps on it; what was done, each with its second. */
const carriedOut = async (own: Partial<UpgradeTools> & { readonly status?: (device: string, second: number) => AgentSeen }) => {
  let atMs = 0;
  const did: string[] = [];
  const noted =
    (what: string) =>
    async (device: string): Promise<readonly Finding[]> => {
      did.push(`${atMs / 1_000} ${what} ${device}`);
      return [];
    };
  const outcome = await upgradeInTurn(steps, {
    clock: {
      monotonicMs: () => atMs,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        atMs += ms;
      },
    },
    signal: new AbortController().signal,
    upgrade: noted("upgrade"),
    look: noted("look"),
    seen: async (device) => own.status?.(device, atMs / 1_000) ?? online,
    gates: new Map(),
    hubWaitMs: 60_000,
    mayBegin: () => [],
    say: () => undefined,
    ...own,
  });
  return { ...outcome, did, atMs };
};
const gates: UpgradeTools["gates"] = new Map(steps.map(({ device }) => [device, { kind: "asked" }]));

describe("an upgrade ring by ring", () => {
  it("begins with the next ring when the one before has soaked, and looks at that one again first", async () => {
    const { done, findings, did } = await carriedOut({});
    expect([done, findings]).toEqual([["a-1", "a-2", "b-1", "b-2"], []]);
    expect(did).toEqual(["0 upgrade a-1", "0 upgrade a-2", "3600 look a-1", "3600 look a-2", "3600 upgrade b-1", "3600 upgrade b-2"]);
  });

  it("ends where a machine is not well at the end of the soak, and names all that are not", async () => {
    const { done, findings } = await carriedOut({ look: async (device) => [{ ...fault("FL4128"), object: device }] });
    expect(done).toEqual(["a-1", "a-2"]);
    expect(findings.map(({ code, object }) => `${code} ${object}`)).toEqual(["FL4128 a-1", "FL4128 a-2"]);
  });

  it("ends where an agent was lost during the soak", async () => {
    const { done, findings } = await carriedOut({ gates, status: (device, second) => (device === "a-1" && second > 1_000 ? offline : online) });
    expect(done).toEqual(["a-1", "a-2"]);
    expect(findings).toMatchObject([{ code: "FL4191", object: "a-1", message: expect.stringContaining("at the end of the soak of ring first") }]);
  });

  it("does not begin with a ring whose window has closed meanwhile", async () => {
    const { done, findings } = await carriedOut({ mayBegin: (ring) => (ring === "rest" ? [fault("FL4129")] : []) });
    expect([done, findings]).toEqual([["a-1", "a-2"], [fault("FL4129")]]);
  });

  it("ends with the first machine that fails", async () => {
    const { done, did } = await carriedOut({ upgrade: async (device) => (device === "a-2" ? [fault("FL4124")] : []) });
    expect([done, did]).toEqual([["a-1"], []]);
  });
});

describe("the hub's word on a machine that was given back", () => {
  it("is waited for before the next machine begins", async () => {
    const { done, did } = await carriedOut({ gates, status: (device, second) => (device === "a-1" && second < 30 ? offline : online) });
    expect(done).toHaveLength(4);
    expect(did.slice(0, 2)).toEqual(["0 upgrade a-1", "40 upgrade a-2"]);
  });

  it("ends the upgrade with the machine that did not come back", async () => {
    const { done, findings, atMs } = await carriedOut({ gates, status: (device) => (device === "a-2" ? offline : online) });
    expect(done).toEqual(["a-1"]);
    expect(findings).toMatchObject([
      {
        code: "FL4191",
        object: "a-2",
        message: "a-2: it was given back, and its agent is not online at the hub after 1m: it did not come back",
        remedy: expect.stringContaining("fogline device why a-2"),
      },
    ]);
    expect(atMs).toBe(70_000);
  });

  it("may be late where the hub itself was away with the machine", async () => {
    const { done } = await carriedOut({
      gates,
      status: (_, second) => {
        if (second < 20) throw new Error("the hub does not answer");
        return online;
      },
    });
    expect(done).toHaveLength(4);
  });

  it("is not asked about machines that it does not know", async () => {
    const { done, atMs } = await carriedOut({ gates: new Map([["a-1", { kind: "not asked", why: "no agent is enrolled" }]]), status: () => offline });
    expect([done.length, atMs]).toEqual([4, hourMs]);
  });
});

describe("an upgrade that a person ends", () => {
  const stop = new AbortController();
  it("says during a soak that nothing of the next ring was begun", async () => {
    const { done, findings } = await carriedOut({ signal: stop.signal, say: (line) => line.includes("soaks") && stop.abort() });
    expect(done).toEqual(["a-1", "a-2"]);
    expect(findings).toMatchObject([{ code: "FL4097", message: expect.stringContaining("nothing of ring rest was begun") }]);
  });
});
