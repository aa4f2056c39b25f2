import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Read } from "../view/read.tsx";
import { type Answer, ask, type Refused } from "./http.ts";
import type { Change, Hub } from "./hub.ts";

const retryMs = 2_000;

/** Something of the hub that one page shows and that events change. */
export interface Followed<T> extends Read<T> {
  /** Puts what an action answered in the place of what was read. */
  readonly put: (change: (value: T) => T) => void;
}

export interface FollowOptions<T> {
  readonly ask?: (address: string) => Promise<Answer<T>>;
  /** What an event makes of the value; null reads it anew, the value itself leaves it. */
  readonly follow?: (value: T, change: Change) => T | null;
}

/** A refusal that may be over in a moment. */
const passes = ({ status }: Refused): boolean => status === 0 || status === 429 || status >= 500;

/**
 * Asks at most one question at a time. Asked again meanwhile it asks once more afterwards, because the answer that is on its way may be older
 * than the request; without an answer it tries again every two seconds.
 */
class Reader<T> {
  readonly #question: () => Promise<Answer<T>>;
  readonly #answered: (answer: Answer<T>) => void;
  #busy = false;
  #oncemore = false;
  #stopped = false;
  #retry = 0;

  constructor(question: () => Promise<Answer<T>>, answered: (answer: Answer<T>) => void) {
    this.#question = question;
    this.#answered = answered;
  }

  async read(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#busy) {
      this.#oncemore = true;
      return;
    }
    this.#busy = true;
    const answer = await this.#question();
    this.#busy = false;
    if (this.#stopped) return;
    this.#answered(answer);
    if (this.#oncemore) {
      this.#oncemore = false;
      void this.read();
    } else if (!answer.ok && passes(answer)) this.#retry = setTimeout(() => void this.read(), retryMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }
}

const get = <T>(address: string): Promise<Answer<T>> => ask<T>("GET", address);

interface Known<T> {
  readonly value: T | null;
  readonly refused: Refused | null;
  readonly busy: boolean;
}

/** Reads what an address answers while the page shows it, and keeps it like the hub; null reads nothing. A new address keeps the old value until its own comes. */
export const useFollowed = <T extends object>(hub: Hub, address: string | null, options: FollowOptions<T> = {}): Followed<T> => {
  const [known, draw] = useState<Known<T>>({ value: null, refused: null, busy: true });
  const latest = useRef(options);
  latest.current = options;
  const reader = useRef<Reader<T> | null>(null);
  useEffect(() => {
    if (address === null) return;
    const one = new Reader<T>(
      () => (latest.current.ask ?? get)(address),
      (answer) => draw((before) => (answer.ok ? { value: answer.value, refused: null, busy: false } : { ...before, refused: answer, busy: false })),
    );
    reader.current = one;
    draw((before) => ({ ...before, busy: true }));
    void one.read();
    const leave = hub.onChange((change) => {
      if (change.name === "reset") return void one.read();
      draw((before) => {
        const { follow } = latest.current;
        if (follow === undefined || before.value === null) return before;
        const value = follow(before.value, change);
        if (value === null) queueMicrotask(() => void one.read());
        return value === null || value === before.value ? before : { ...before, value };
      });
    });
    return () => {
      leave();
      one.stop();
    };
  }, [hub, address]);
  return {
    ...known,
    again: useCallback(() => {
      draw((before) => ({ ...before, busy: true }));
      void reader.current?.read();
    }, []),
    put: useCallback((change) => draw((before) => (before.value === null ? before : { ...before, value: change(before.value) })), []),
  };
};
