/** When a device came last and was sent away. */
export interface KnownRefusal {
  readonly atMs: number;
  readonly code: string;
  readonly message: string;
}

const nodesMax = 10_000;

/** The last refusal of each device that proved who it is, of this gateway since it started: for whoever asks why a device is away. */
export class Refusals {
  readonly #byNode = new Map<string, KnownRefusal>();

  note(node: string, refusal: KnownRefusal): void {
    this.#byNode.delete(node);
    this.#byNode.set(node, refusal);
    const [oldest] = this.#byNode.keys();
    if (this.#byNode.size > nodesMax && oldest !== undefined) this.#byNode.delete(oldest);
  }

  of(node: string): KnownRefusal | undefined {
    return this.#byNode.get(node);
  }
}
