/** One thing that happened. */
export interface FeedEntry {
  readonly sequence: number;
  readonly name: string;
  readonly atMs: number;
  readonly data: unknown;
}

/** Where a client goes on: after `sequence`; with `reset` it must read the state first, because it may have missed something. */
export type Position = { readonly sequence: number; readonly reset: boolean };

/**
 * The last events, bounded in number and in bytes of JSON: up to twice each limit is kept before it is cut to the limit. A cursor is `<boot>.<sequence>`: it is known while this process lives and the entry after it is still kept.
 * A client with an unknown cursor is told to read the state anew (`reset`) and goes on with what happens from then on.
 */
export class Feed {
  readonly #boot: string;
  readonly #max: number;
  readonly #bytesMax: number;
  readonly #entries: (FeedEntry & { readonly bytes: number })[] = [];
  #bytes = 0;
  readonly #waiting = new Set<() => void>();
  #appended = (): void => {};
  #last = 0;

  constructor(options: { boot: string; max: number; bytesMax: number }) {
    this.#boot = options.boot;
    this.#max = options.max;
    this.#bytesMax = options.bytesMax;
  }

  append(name: string, atMs: number, data: unknown): void {
    this.#last += 1;
    const bytes = JSON.stringify(data)?.length ?? 0;
    this.#entries.push({ sequence: this.#last, name, atMs, data, bytes });
    this.#bytes += bytes;
    // Cut by half: dropping one entry at a time would move the whole array for each event.
    if (this.#entries.length >= this.#max * 2 || this.#bytes > this.#bytesMax * 2) this.#cut();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    this.#appended();
  }

  /** Calls `appended` after each entry. There is one such listener. */
  onAppend(appended: () => void): void {
    this.#appended = appended;
  }

  /** The sequence of the newest entry; 0 when there was none yet. */
  get last(): number {
    return this.#last;
  }

  cursorOf(sequence: number): string {
    return `${this.#boot}.${sequence}`;
  }

  /** The sequence before the oldest kept entry: who goes on from here gets everything that is known. */
  get beginning(): number {
    return this.#oldest() - 1;
  }

  /** Where to go on after a cursor. Without one, or with one that is not known: from now on, after reading the state anew. */
  positionOf(cursor: string | undefined): Position {
    if (cursor === undefined) return { sequence: this.#last, reset: true };
    const [boot, text] = splitCursor(cursor);
    const sequence = Number(text);
    const known = boot === this.#boot && Number.isSafeInteger(sequence) && sequence >= this.#oldest() - 1 && sequence <= this.#last;
    return known ? { sequence, reset: false } : { sequence: this.#last, reset: true };
  }

  /** At most `limit` items made of the entries after a sequence (`undefined` leaves one out), and the sequence up to which all were seen. */
  after<Item>(
    sequence: number,
    limit: number,
    itemOf: (entry: FeedEntry) => Item | undefined,
  ): { items: { sequence: number; item: Item }[]; upTo: number } {
    const items: { sequence: number; item: Item }[] = [];
    let upTo = sequence;
    for (let index = Math.max(0, sequence - this.beginning); index < this.#entries.length && items.length < limit; index++) {
      const entry = this.#entries[index];
      if (entry === undefined) break;
      upTo = entry.sequence;
      const item = itemOf(entry);
      if (item !== undefined) items.push({ sequence: entry.sequence, item });
    }
    return { items, upTo };
  }

  /** Resolves when something was appended after this call, or the signal aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  /** Drops the oldest entries until both limits hold. */
  #cut(): void {
    let drop = Math.max(0, this.#entries.length - this.#max);
    let bytes = this.#entries.slice(0, drop).reduce((sum, entry) => sum + entry.bytes, 0);
    for (; drop < this.#entries.length && this.#bytes - bytes > this.#bytesMax; drop++) bytes += this.#entries[drop]?.bytes ?? 0;
    this.#entries.splice(0, drop);
    this.#bytes -= bytes;
  }

  #oldest(): number {
    return this.#entries[0]?.sequence ?? this.#last + 1;
  }
}

const splitCursor = (cursor: string): [string, string] => {
  const split = cursor.lastIndexOf(".");
  return [cursor.slice(0, split), cursor.slice(split + 1)];
};
