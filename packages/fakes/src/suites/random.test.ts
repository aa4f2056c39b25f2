import type { Random } from "@fogline/ports";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../index.ts";
import { breakages, randomCases } from "./index.ts";

const end = async () => {};
const broken = breakages(randomCases);

describe("the randomness suite", () => {
  const opened = (breaking: (random: Random) => Random) => async () => ({ random: breaking(seededRandom(7)), end });
  const fixed = seededRandom(1).bytes(4096);
  const cycling = (random: Random): Random => {
    const ids = Array.from({ length: 1000 }, () => random.id());
    let drawn = 0;
    return { ...random, id: () => ids[drawn++ % ids.length] ?? "" };
  };

  it.each<[string, (random: Random) => Random, string]>([
    ["repeats bytes", (random) => ({ ...random, bytes: (length) => fixed.slice(0, length) }), "does not repeat bytes"],
    [
      "reuses its array",
      (random) => ({ ...random, bytes: (length) => fixed.fill(random.bytes(1)[0] ?? 0).subarray(0, length) }),
      "gives as many bytes as asked, in an array of their own",
    ],
    [
      "knows only small bytes",
      (random) => ({ ...random, bytes: (length) => random.bytes(length).map((byte) => byte & 0x7f) }),
      "uses every byte value about equally often",
    ],
    ["repeats ids", cycling, "makes lower-case UUIDs of version 7 that never repeat and sort in the order in which they were made"],
    [
      "leans to small numbers",
      (random) => ({ ...random, unit: () => random.unit() ** 2 }),
      "draws units from 0 up to but not including 1, with their mean in the middle",
    ],
    [
      "repeats numbers",
      (random) => ({ ...random, unit: () => Math.floor(random.unit() * 100) / 100 }),
      "draws units from 0 up to but not including 1, with their mean in the middle",
    ],
  ])("fails on randomness that %s", async (_fault, breaking, name) => {
    expect(await broken.by(opened(breaking))).toContain(name);
  });

  it("has no case that none of these fails", () => {
    expect(broken.byNone()).toEqual([]);
  });
});
