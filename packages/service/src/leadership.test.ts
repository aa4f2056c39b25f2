import { memoryLeases, seededRandom, virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { createLog, leaseHolder, seekLeadership } from "./index.ts";

const leaseMs = 900;

/** Two replicas that see one clock, and what each was told. */
const open = async () => {
  const clock = virtualClock(1_000);
  const leases = memoryLeases(clock);
  const log = createLog({ level: "silent" });
  const told: string[] = [];
  const seek = (holder: string, mayLead?: (fence: number) => Promise<boolean>) =>
    seekLeadership({
      ...{ leases, name: "lead", clock, log, holder, leaseMs, ...(mayLead === undefined ? {} : { mayLead }) },
      won: ({ fence }) => told.push(`${holder} leads under ${fence}`),
      over: () => told.push(`${holder} is over`),
    });
  return { clock, leases, told, seek };
};

describe("leadership", () => {
  it("is one replica's for as long as it renews it, and the other's at once when it stops", async () => {
    const { clock, told, seek } = await open();
    const [one, two] = [await seek("one"), await seek("two")];
    await clock.advance(10 * leaseMs);
    expect([told, one.fence, two.fence]).toEqual([["one leads under 1"], 1, undefined]);
    await one.stop();
    await clock.advance(leaseMs / 3);
    expect([told, one.fence, two.fence]).toEqual([["one leads under 1", "two leads under 2"], undefined, 2]);
    await two.stop();
  });

  it("is over for a replica that finds another in its place", async () => {
    const { clock, leases, told, seek } = await open();
    const one = await seek("one");
    if (one.lease !== undefined) await leases.release(one.lease);
    await leases.acquire("lead", "two", 10 * leaseMs);
    await clock.advance(leaseMs / 3);
    expect([told, one.fence]).toEqual([["one leads under 1", "one is over"], undefined]);
    await one.stop();
    expect(await leases.current("lead")).toMatchObject({ holder: "two" });
  });

  it("is not taken where the tables have a higher fence already", async () => {
    const { clock, told, seek } = await open();
    const asked: number[] = [];
    const one = await seek("one", async (fence) => asked.push(fence) > 2);
    expect(one.fence).toBeUndefined();
    await clock.advance(leaseMs);
    expect(told).toEqual(["one leads under 1"]);
    await one.stop();
  });

  it("is held by a process, not by its name, where several processes may share a database", () => {
    const shell = { instance: "orchestrator", random: seededRandom(1) };
    expect(leaseHolder(shell, { dialect: "sqlite" })).toBe("orchestrator");
    expect(leaseHolder(shell, { dialect: "postgres" })).not.toBe(leaseHolder(shell, { dialect: "postgres" }));
  });
});
