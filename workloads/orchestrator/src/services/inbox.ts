/** Runs deliveries to one target after another, at most `max` waiting or running. Targets do not wait for each other. */
export class Inboxes {
  readonly #max: number;
  readonly #pending = new Map<string, number>();
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(options: { max: number }) {
    this.#max = options.max;
  }

  /** Queues a delivery; `undefined` at once when the target's inbox is full. What `deliver` rejects with is passed on. */
  add<Value>(target: string, deliver: () => Promise<Value>): Promise<Value> | undefined {
    const pending = this.#pending.get(target) ?? 0;
    if (pending >= this.#max) return undefined;
    this.#pending.set(target, pending + 1);
    const before = this.#tails.get(target) ?? Promise.resolve();
    const delivery = before.then(deliver, deliver).finally(() => this.#finished(target));
    this.#tails.set(target, delivery);
    return delivery;
  }

  /** Deliveries that wait or run for a target. */
  pending(target: string): number {
    return this.#pending.get(target) ?? 0;
  }

  #finished(target: string): void {
    const left = (this.#pending.get(target) ?? 1) - 1;
    if (left > 0) return void this.#pending.set(target, left);
    this.#pending.delete(target);
    this.#tails.delete(target);
  }
}
