import assert from "node:assert/strict";
import type { Random } from "@fogline/ports";
import { type Case, type Ends, inWorld } from "./case.ts";

export interface RandomWorld extends Ends {
  readonly random: Random;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What randomness promises. The statistical bounds are more than eight standard deviations wide: a fair source does not miss them. */
export const randomCases: readonly Case<RandomWorld>[] = [
  inWorld("gives as many bytes as asked, in an array of their own", async ({ random }) => {
    assert.deepEqual(
      [0, 1, 17, 4096].map((length) => random.bytes(length).byteLength),
      [0, 1, 17, 4096],
    );
    const first = random.bytes(32);
    const copy = Uint8Array.from(first);
    random.bytes(32);
    assert.deepEqual(first, copy);
  }),
  inWorld("does not repeat bytes", async ({ random }) => {
    const drawn = Array.from({ length: 2000 }, () => Buffer.from(random.bytes(16)).toString("hex"));
    assert.equal(new Set(drawn).size, drawn.length);
  }),
  inWorld("uses every byte value about equally often", async ({ random }) => {
    const counts = new Array<number>(256).fill(0);
    for (const byte of random.bytes(65_536)) counts[byte] = (counts[byte] ?? 0) + 1;
    for (const [byte, count] of counts.entries()) assert.ok(count > 120 && count < 400, `byte ${byte} came ${count} times, expected about 256`);
  }),
  inWorld("makes lower-case UUIDs of version 7 that never repeat and sort in the order in which they were made", async ({ random }) => {
    const ids = Array.from({ length: 20_000 }, () => random.id());
    for (const id of ids) assert.match(id, uuid);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(ids, [...ids].sort());
  }),
  inWorld("draws units from 0 up to but not including 1, with their mean in the middle", async ({ random }) => {
    const units = Array.from({ length: 20_000 }, () => random.unit());
    for (const unit of units) assert.ok(unit >= 0 && unit < 1, `${unit}`);
    const mean = units.reduce((sum, unit) => sum + unit, 0) / units.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
    assert.equal(new Set(units).size, units.length);
  }),
];
