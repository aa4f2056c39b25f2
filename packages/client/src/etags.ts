/** An answer that was kept, and its name. */
interface Kept {
  readonly etag: string;
  readonly body: unknown;
}

/** Answers of reads by their address, so that one that did not change is not sent again. Of too many, those used longest ago are forgotten. */
export class Etags {
  readonly #kept = new Map<string, Kept>();
  readonly #keptMax: number;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  headers(url: string): Record<string, string> {
    const kept = this.#kept.get(url);
    return kept === undefined ? {} : { "if-none-match": kept.etag };
  }

  /** What a 304 stands for. */
  body(url: string): unknown {
    const kept = this.#kept.get(url);
    if (kept !== undefined) this.#put(url, kept);
    return kept?.body;
  }

  keep(url: string, etag: string | null, body: unknown): void {
    if (etag !== null && this.#keptMax > 0) this.#put(url, { etag, body });
  }

  #put(url: string, kept: Kept): void {
    this.#kept.delete(url);
    this.#kept.set(url, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#keptMax) return;
      this.#kept.delete(oldest);
    }
  }
}
