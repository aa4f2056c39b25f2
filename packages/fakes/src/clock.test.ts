import { describe, expect, it } from "vitest";
import { freezableClock, virtualClock } from "./index.ts";

describe("a virtual clock", () => {
  it("shows the start and then what it was advanced by", async () => {
    const clock = virtualClock(1000);
    await clock.advance(250);
    expect([clock.now(), clock.monotonicMs()]).toEqual([1250, 250]);
  });

  it("runs timers by time and then in the order in which they were set, each at its own time", async () => {
    const clock = virtualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`c ${clock.now()}`));
    clock.after(10, () => ran.push(`a ${clock.now()}`));
    clock.after(10, () => ran.push(`b ${clock.now()}`));
    await clock.advance(30);
    expect(ran).toEqual(["a 10", "b 10", "c 20"]);
  });

  it("runs timers that timers set, when they fall due within the same advance", async () => {
    const clock = virtualClock();
    const ran: number[] = [];
    const tick = () => {
      ran.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  it("lets a sleeper go on, and sleep again, before later timers run", async () => {
    const clock = virtualClock();
    const ran: string[] = [];
    const sleeper = async () => {
      await clock.sleep(5);
      await clock.sleep(5);
      ran.push(`sleeper ${clock.now()}`);
    };
    void sleeper();
    clock.after(12, () => ran.push(`timer ${clock.now()}`));
    await clock.advance(20);
    expect(ran).toEqual(["sleeper 10", "timer 12"]);
  });

  it("stands still while frozen", async () => {
    const clock = virtualClock();
    let ran = false;
    clock.after(5, () => {
      ran = true;
    });
    clock.freeze();
    await clock.advance(10);
    expect([clock.now(), ran, clock.frozen]).toEqual([0, false, true]);
    clock.thaw();
    await clock.advance(5);
    expect([clock.now(), ran]).toEqual([5, true]);
  });
});

describe("a freezable clock", () => {
  it("stands still alone: others that follow the same clock go on", async () => {
    const world = virtualClock(1000);
    const [first, second] = [freezableClock(world), freezableClock(world)];
    const beats: string[] = [];
    first.after(10, () => beats.push("first"));
    second.after(10, () => beats.push("second"));
    first.freeze();
    await world.advance(30);
    expect(beats).toEqual(["second"]);
    expect([first.now(), first.monotonicMs(), second.now()]).toEqual([1000, 0, 1030]);
  });

  it("goes on where it stopped, also with timers that were set while it stood still", async () => {
    const world = virtualClock(1000);
    const clock = freezableClock(world);
    const ran: string[] = [];
    clock.after(10, () => ran.push("before"));
    await world.advance(4);
    clock.freeze();
    clock.after(8, () => ran.push("meanwhile"));
    await world.advance(100);
    clock.thaw();
    await world.advance(5);
    expect(ran).toEqual([]);
    await world.advance(3);
    expect(ran).toEqual(["before", "meanwhile"]);
    expect([clock.now(), clock.monotonicMs()]).toEqual([1012, 12]);
  });

  it("freezes and thaws as often as it is told, and twice is once", async () => {
    const world = virtualClock();
    const clock = freezableClock(world);
    for (let round = 0; round < 3; round++) {
      clock.freeze();
      clock.freeze();
      await world.advance(10);
      clock.thaw();
      clock.thaw();
      await world.advance(1);
    }
    expect(clock.monotonicMs()).toBe(3);
  });
});
