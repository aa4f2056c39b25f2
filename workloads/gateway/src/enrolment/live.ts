import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { RpcLog } from "@fogline/rpc";
import type { Certificates } from "./certificates.ts";

/** Why a connection may not go on. */
export type EndOfPeer = "revoked" | "ended";

interface LivePeer {
  readonly serial: string;
  readonly notAfterMs: number;
  readonly end: (why: EndOfPeer) => void;
}

export interface LivePeersParts {
  readonly certificates: Pick<Certificates, "revocations" | "worthless">;
  readonly clock: Clock;
  readonly log: RpcLog;
}

/** How often the database is looked at: with what a look takes, a revocation holds within 2 s although nobody tells of it. */
const lookMs = 1_000;

/**
 * The connections that stand on a certificate. Invariants: one whose certificate is revoked or has ended is told so within 2 s, once; that needs
 * no news, only the database; one that came while the database was looked at is looked up the next time.
 */
export class LivePeers {
  readonly #parts: LivePeersParts;
  readonly #peers = new Set<LivePeer>();
  /** Nobody has looked for these since they came. */
  readonly #unchecked = new Set<LivePeer>();
  readonly #stopped = new AbortController();
  #seenCount = -1;
  #failing = false;

  constructor(parts: LivePeersParts) {
    this.#parts = parts;
    void this.#watch();
  }

  /** Watches over a connection until the returned function is called. */
  add(peer: LivePeer): () => void {
    this.#peers.add(peer);
    this.#unchecked.add(peer);
    return () => this.#forget(peer);
  }

  /** These were revoked just now. */
  revoked(serials: readonly string[]): void {
    const gone = new Set(serials);
    for (const peer of [...this.#peers]) if (gone.has(peer.serial)) this.#end(peer, "revoked");
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal).catch(() => {});
      if (signal.aborted) return;
      const nowMs = clock.now();
      for (const peer of [...this.#peers]) if (peer.notAfterMs <= nowMs) this.#end(peer, "ended");
      try {
        await this.#look();
        this.#failing = false;
      } catch (thrown) {
        if (!this.#failing && !signal.aborted) log.warn({ cause: textOf(thrown) }, "revocations cannot be read; trying again");
        this.#failing = true;
      }
    }
  }

  async #look(): Promise<void> {
    const { certificates } = this.#parts;
    const count = await certificates.revocations();
    // Read before the serials: what is revoked after this count makes the next one differ.
    const suspects = count === this.#seenCount ? [...this.#unchecked] : [...this.#peers];
    if (suspects.length > 0) this.#endWorthless(suspects, await certificates.worthless(suspects.map(({ serial }) => serial)));
    this.#seenCount = count;
  }

  #endWorthless(suspects: readonly LivePeer[], worthless: ReadonlySet<string>): void {
    for (const peer of suspects) {
      this.#unchecked.delete(peer);
      if (worthless.has(peer.serial)) this.#end(peer, "revoked");
    }
  }

  #end(peer: LivePeer, why: EndOfPeer): void {
    if (!this.#peers.has(peer)) return;
    this.#forget(peer);
    peer.end(why);
  }

  #forget(peer: LivePeer): void {
    this.#peers.delete(peer);
    this.#unchecked.delete(peer);
  }
}
