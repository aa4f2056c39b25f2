import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bus, BusError, type BusErrorKind } from "@fogline/ports";
import type { Ends } from "./case.ts";

/** A bus on a healthy network. */
export interface BusWorld extends Ends {
  readonly bus: Bus;
  /** Lets time pass on the bus's clock. */
  pass(ms: number): Promise<void>;
  /** False where subscribers are beyond a server, so that a publisher cannot know of a full one. */
  readonly seesSubscribers?: boolean;
  /** How long to wait for what must happen, in real milliseconds; 2,000 unless said. Only a broken adapter makes a case wait that long. */
  readonly patienceMs?: number;
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const textOf = (payload: Uint8Array): string => new TextDecoder().decode(payload);

/** Waits until `holds`; fails with what was expected when it does not within the world's patience. */
export const eventually = async (world: BusWorld, expected: string, holds: () => boolean): Promise<void> => {
  const triesMax = (world.patienceMs ?? 2000) / 2;
  for (let tries = 0; tries < triesMax; tries++) {
    if (holds()) return;
    await sleep(2);
  }
  assert.ok(holds(), expected);
};

/** Fails unless `promise` rejects with a BusError of `kind`; also when it does not settle within the world's patience. */
export const rejectsWith = async (world: BusWorld, kind: BusErrorKind, promise: Promise<unknown>): Promise<void> => {
  let outcome: unknown;
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    (error) => {
      settled = true;
      outcome = error;
    },
  );
  await eventually(world, `settles with ${kind}`, () => settled);
  assert.ok(outcome instanceof BusError, `rejects with a BusError, not ${String(outcome)}`);
  assert.equal(outcome.kind, kind);
};

/** Waits for `promise`, at most as long as the world's patience. */
export const inTime = async <Value>(world: BusWorld, promise: Promise<Value>): Promise<Value> => {
  let settled = false;
  const end = () => {
    settled = true;
  };
  promise.then(end, end);
  await eventually(world, "settles", () => settled);
  return promise;
};

/** A promise and the function that resolves it. */
export const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};
