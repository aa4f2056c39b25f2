import { performance } from "node:perf_hooks";

/** How long one turn of the event loop delivers before sockets and timers get theirs, and after how many deliveries it looks at the time. */
const turnMs = 2;
const lookEvery = 64;

/** Runs tasks in order, never in the turn that added them, and leaves room for input and output in between. */
export interface Turns {
  add(task: () => void): void;
}

export const turns = (): Turns => {
  const waiting: (() => void)[] = [];
  let first = 0;
  let scheduled = false;
  const run = () => {
    const endMs = performance.now() + turnMs;
    // Tasks added while these run belong to the next turn.
    const last = waiting.length;
    while (first < last) {
      waiting[first++]?.();
      if (first % lookEvery === 0 && performance.now() > endMs) break;
    }
    if (first > waiting.length / 2) {
      waiting.splice(0, first);
      first = 0;
    }
    scheduled = waiting.length > first;
    if (scheduled) setImmediate(run);
  };
  return {
    add: (task) => {
      waiting.push(task);
      if (scheduled) return;
      scheduled = true;
      setImmediate(run);
    },
  };
};
