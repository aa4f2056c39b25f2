import { virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { SampleWatchers } from "./watchers.ts";

const open = () => {
  const clock = virtualClock();
  const changes: boolean[] = [];
  return { clock, changes, watchers: new SampleWatchers({ clock, lingerMs: 5_000, changed: (wanted) => void changes.push(wanted) }) };
};

describe("the wish for samples", () => {
  it("begins with the first watcher and ends a while after the last", async () => {
    const { clock, changes, watchers } = open();
    const [first, second] = [watchers.begin(), watchers.begin()];
    first();
    await clock.advance(60_000);
    expect(changes).toEqual([true]);
    second();
    await clock.advance(4_900);
    expect(changes).toEqual([true]);
    await clock.advance(100);
    expect(changes).toEqual([true, false]);
  });

  it("does not flicker between two polls of one watcher", async () => {
    const { clock, changes, watchers } = open();
    for (let poll = 0; poll < 5; poll++) {
      const leave = watchers.begin();
      await clock.advance(15_000);
      leave();
      leave();
      await clock.advance(1_000);
    }
    expect(changes).toEqual([true]);
  });
});
