import type { Clock } from "@fogline/ports";
import type { Feed, FeedEntry } from "./ring.ts";

/** How items are written for a transport: server-sent events, or WebSocket messages that hold a JSON array of `{ cursor, item }`. */
export type Form = "events" | "messages";

/** What of the feed is shown, and how. */
export interface View {
  readonly name: string;
  /** The item that an entry is; `undefined` leaves it out. */
  readonly itemOf: (entry: FeedEntry) => unknown;
  /** Where a reader without a cursor begins: with what is known, or with a reset and what comes from now on. */
  readonly begins: "oldest" | "now";
  /** What a reader is told who may have missed something. */
  readonly reset: (atMs: number) => unknown;
}

/** Takes text; false when it takes no more and is over. */
export type Send = (text: string) => boolean;

interface Item {
  readonly cursor: string;
  readonly item: unknown;
}

interface Group {
  readonly view: View;
  readonly form: Form;
  readonly readers: Map<symbol, Send>;
  /** The sequence up to which every reader of the group has everything. */
  upTo: number;
}

const textOf: Readonly<Record<Form, (items: readonly Item[]) => string>> = {
  events: (items) => items.map(({ cursor, item }) => `id: ${cursor}\ndata: ${JSON.stringify(item)}\n\n`).join(""),
  messages: (items) => JSON.stringify(items),
};

/** Items in one text for a reader that catches up. */
const backlogItemsMax = 500;

/**
 * Hands the feed to many readers. What a thousand devices say in a moment is written down once and sent as one text to everybody who sees the
 * same: at once after a quiet moment, else at most every `everyMs`. Invariant: a reader gets each item once and in order.
 */
export class FanOut {
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #groups = new Map<string, Group>();
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor({ feed, clock, everyMs }: { feed: Feed; clock: Clock; everyMs: number }) {
    this.#feed = feed;
    this.#clock = clock;
    this.#everyMs = everyMs;
    feed.onAppend(() => this.#soon());
  }

  get readers(): number {
    return [...this.#groups.values()].reduce((sum, { readers }) => sum + readers.size, 0);
  }

  /** Begins after a cursor, or where the view says without one. Sends what came since, then everything that comes, until the returned function is called. */
  join(view: View, form: Form, send: Send, after: string | undefined): () => void {
    const group = this.#groupOf(view, form);
    // From here on the group and the new reader have the same to come.
    this.#flush(group);
    const reader = Symbol(view.name);
    group.readers.set(reader, send);
    if (!this.#catchUp(group, send, after)) this.#leave(group, reader);
    return () => this.#leave(group, reader);
  }

  stop(): void {
    this.#cancel?.();
  }

  #groupOf(view: View, form: Form): Group {
    const key = `${form} ${view.name}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group = { view, form, readers: new Map(), upTo: this.#feed.last };
    this.#groups.set(key, group);
    return group;
  }

  #leave(group: Group, reader: symbol): void {
    group.readers.delete(reader);
    if (group.readers.size === 0) this.#groups.delete(`${group.form} ${group.view.name}`);
  }

  #catchUp({ view, form, upTo }: Group, send: Send, after: string | undefined): boolean {
    const write = (items: readonly Item[]) => items.length === 0 || send(textOf[form](items));
    const position =
      after === undefined && view.begins === "oldest" ? { sequence: this.#feed.beginning, reset: false } : this.#feed.positionOf(after);
    if (position.reset) return write([{ cursor: this.#feed.cursorOf(position.sequence), item: view.reset(this.#clock.now()) }]);
    for (let sequence = position.sequence; sequence < upTo; ) {
      const page = this.#page(view, sequence, backlogItemsMax);
      if (!write(page.items)) return false;
      sequence = page.upTo;
    }
    return true;
  }

  #page(view: View, sequence: number, limit: number): { items: Item[]; upTo: number } {
    const { items, upTo } = this.#feed.after(sequence, limit, view.itemOf);
    return { items: items.map(({ sequence: at, item }) => ({ cursor: this.#feed.cursorOf(at), item })), upTo };
  }

  /** Everything that came meanwhile goes with the next sending. */
  #soon(): void {
    if (this.#cancel !== undefined || this.#groups.size === 0) return;
    const waitMs = Math.max(0, this.#flushedAtMs + this.#everyMs - this.#clock.monotonicMs());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#flushedAtMs = this.#clock.monotonicMs();
      for (const group of [...this.#groups.values()]) this.#flush(group);
    });
  }

  #flush(group: Group): void {
    const { items, upTo } = this.#page(group.view, group.upTo, Number.POSITIVE_INFINITY);
    group.upTo = upTo;
    if (items.length === 0) return;
    const text = textOf[group.form](items);
    for (const [reader, send] of group.readers) if (!send(text)) this.#leave(group, reader);
  }
}
