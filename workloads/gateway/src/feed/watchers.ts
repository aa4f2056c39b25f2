import type { Clock } from "@fogline/ports";

/**
 * Whether anybody wants samples. Clients ask again and again (long polls), so between two polls nobody is there for a moment: the wish
 * lingers for `lingerMs`. `changed` is told when it turns on or off.
 */
export class SampleWatchers {
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #changed: (wanted: boolean) => void;
  #watching = 0;
  #wanted = false;
  #cancel: () => void = () => {};

  constructor(options: { clock: Clock; lingerMs: number; changed: (wanted: boolean) => void }) {
    this.#clock = options.clock;
    this.#lingerMs = options.lingerMs;
    this.#changed = options.changed;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Somebody watches until the returned function is called. */
  begin(): () => void {
    this.#watching += 1;
    this.#cancel();
    if (!this.#wanted) this.#turn(true);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#watching -= 1;
      if (this.#watching > 0) return;
      this.#cancel = this.#clock.after(this.#lingerMs, () => this.#turn(false));
    };
  }

  stop(): void {
    this.#cancel();
  }

  #turn(wanted: boolean): void {
    this.#wanted = wanted;
    this.#changed(wanted);
  }
}
