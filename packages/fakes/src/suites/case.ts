import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "vitest";

/** One promise of a port as a sentence. `run` opens what it needs and throws when the promise is broken. */
export interface Case<World> {
  readonly name: string;
  run(open: Open<World>): Promise<void>;
}

/** Opens an adapter afresh, with nothing stored. */
export type Open<World> = () => Promise<World>;

/** What every world can do: give back its resources. */
export interface Ends {
  end(): Promise<void>;
}

/** A case that opens one world and ends it whatever happens. */
export const inWorld = <World extends Ends>(name: string, check: (world: World) => Promise<void>): Case<World> => ({
  name,
  run: async (open) => {
    const world = await open();
    try {
      await check(world);
    } finally {
      await world.end();
    }
  },
});

/** Makes the tests of one adapter from the cases of its port: `suiteOf(busCases)("in-process", open)`. */
export const suiteOf =
  <World>(port: string, cases: readonly Case<World>[]) =>
  (adapter: string, open: Open<World>): void => {
    describe(`${port}: ${adapter}`, () => {
      for (const { name, run } of cases) it(name, () => run(open));
    });
  };

/** How long {@link broken} waits for a case, in milliseconds: one that hangs is broken. */
const caseMsMax = 3000;

/** The names of the cases that an adapter breaks; for tests of the suites themselves. */
export const broken = async <World>(cases: readonly Case<World>[], open: Open<World>): Promise<string[]> => {
  const names: string[] = [];
  for (const { name, run } of cases) {
    const limit = new AbortController();
    const hangs = sleep(caseMsMax, undefined, { signal: limit.signal }).then(() => Promise.reject(new Error("the case hangs")));
    try {
      await Promise.race([run(open), hangs]);
    } catch {
      names.push(name);
    } finally {
      limit.abort();
      hangs.catch(() => {});
    }
  }
  return names;
};

/** Collects over several broken adapters which cases each breaks, to see at the end that no case is left that none of them breaks. */
export const breakages = <World>(cases: readonly Case<World>[]) => {
  const seen = new Set<string>();
  return {
    /** The names of the cases that this adapter breaks. */
    by: async (open: Open<World>): Promise<string[]> => {
      const names = await broken(cases, open);
      for (const name of names) seen.add(name);
      return names;
    },
    /** The names of the cases that no adapter so far broke. */
    byNone: (): string[] => cases.map(({ name }) => name).filter((name) => !seen.has(name)),
  };
};
