import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Clock, Database, Random } from "@fogline/ports";
import type { Log } from "@fogline/service";
import type { Seal } from "../sealed.ts";
import type { PeopleSchema } from "./schema.ts";

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly createdAtMs: number;
  readonly signsFromMs: number;
}

/** A public key as others read it (RFC 7517, RFC 8037). */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "EdDSA";
}

export interface SigningKeysParts {
  readonly database: Database<PeopleSchema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Log, "info" | "error">;
  readonly seal: Seal;
  /** How long one key signs. */
  readonly signsMs: number;
  /** The longest life of a token. */
  readonly tokenMs: number;
}

const seedBytes = 32;
/** An Ed25519 private key as PKCS #8 is this and the seed (RFC 8410 section 7). */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");
/** A new key is shown this long before it signs: other gateways read every two seconds, others that cache the key set every minute. */
const leadMs = 120_000;
/** A key is kept this long after the last token that it signed, for clocks that differ. */
const marginMs = 60_000;
/** An unknown key id is looked for in the database at most this often: it may be another gateway's newest, or a stranger's invention. */
const lookAgainMs = 1_000;

/** The keys that sign access tokens: made, replaced and forgotten here, held in the database sealed, the same for every gateway. */
export class SigningKeys {
  readonly #parts: SigningKeysParts;
  #keys: readonly SigningKey[] = [];
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  readonly #unreadable = new Set<string>();

  constructor(parts: SigningKeysParts) {
    this.#parts = parts;
  }

  /** The key that signs now: the newest that everybody knows. */
  get current(): SigningKey {
    const nowMs = this.#parts.clock.now();
    const key = this.#keys.findLast(({ signsFromMs }) => signsFromMs <= nowMs) ?? this.#keys[0];
    if (key === undefined) throw new Error("there is no key to sign with: the keys were not read yet");
    return key;
  }

  /** The key of an id, looked for once more in the database when it is not known. */
  async find(kid: string): Promise<SigningKey | undefined> {
    const known = this.#keys.find((key) => key.kid === kid);
    if (known !== undefined) return known;
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < lookAgainMs) return undefined;
    this.#lookedAtMs = nowMs;
    await this.read();
    return this.#keys.find((key) => key.kid === kid);
  }

  get published(): readonly PublicKey[] {
    return this.#keys.map(({ kid, publicKey }) => {
      const { x = "" } = publicKey.export({ format: "jwk" });
      return { kty: "OKP", crv: "Ed25519", x, kid, use: "sig", alg: "EdDSA" };
    });
  }

  async read(): Promise<void> {
    const rows = await this.#parts.database.kysely.selectFrom("people_signing_keys").selectAll().orderBy("signs_from_ms").orderBy("kid").execute();
    const known = new Map(this.#keys.map((key) => [key.kid, key]));
    this.#keys = rows.flatMap((row) => known.get(row.kid) ?? this.#opened(row) ?? []);
  }

  /** Makes the first key, and the next one when the newest has signed long enough; forgets those that no valid token needs. */
  async rotate(): Promise<void> {
    await this.read();
    const { database, clock, signsMs, tokenMs, log } = this.#parts;
    const nowMs = clock.now();
    const newest = this.#keys.at(-1);
    if (newest === undefined || newest.createdAtMs + signsMs <= nowMs) {
      const made = await this.#make(newest?.kid);
      if (made !== undefined) log.info({ kid: made }, "a new key signs access tokens from now on");
      await this.read();
    }
    const needless = this.#keys.filter((_, index) => {
      const successor = this.#keys[index + 1];
      return successor !== undefined && successor.signsFromMs + tokenMs + marginMs <= nowMs;
    });
    if (needless.length === 0) return;
    const ids = needless.map(({ kid }) => kid);
    await database.kysely.deleteFrom("people_signing_keys").where("kid", "in", ids).execute();
    await this.read();
  }

  /** Adds a key unless another gateway was first. The very first one signs at once. */
  async #make(newest: string | undefined): Promise<string | undefined> {
    const { database, clock, random, seal } = this.#parts;
    const seed = random.bytes(seedBytes);
    const { publicKey } = pairOf(seed);
    const kid = createHash("sha256")
      .update(publicKey.export({ format: "der", type: "spki" }))
      .digest("base64url")
      .slice(0, 22);
    const nowMs = clock.now();
    const signs_from_ms = newest === undefined ? nowMs : nowMs + leadMs;
    const sealed = seal.close(seed, kid);
    return database.transaction(async (transaction) => {
      const last = await transaction
        .selectFrom("people_signing_keys")
        .select("kid")
        .where("kid", "not in", ["", ...this.#unreadable])
        .orderBy("signs_from_ms", "desc")
        .orderBy("kid", "desc")
        .executeTakeFirst();
      if (last?.kid !== newest) return undefined;
      await transaction.insertInto("people_signing_keys").values({ kid, sealed, created_at_ms: nowMs, signs_from_ms }).execute();
      return kid;
    });
  }

  /** A key that does not open was sealed with another root key, or put there by somebody else: it signs and proves nothing. */
  #opened(row: { kid: string; sealed: Uint8Array; created_at_ms: number; signs_from_ms: number }): SigningKey | undefined {
    if (this.#unreadable.has(row.kid)) return undefined;
    const seed = this.#parts.seal.open(row.sealed, row.kid);
    if (seed?.length !== seedBytes) {
      this.#unreadable.add(row.kid);
      this.#parts.log.error({ kid: row.kid }, "a signing key of the database does not open with this root key and is not used");
      return undefined;
    }
    return { kid: row.kid, ...pairOf(seed), createdAtMs: row.created_at_ms, signsFromMs: row.signs_from_ms };
  }
}

const pairOf = (seed: Uint8Array): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } => {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  return { privateKey, publicKey: createPublicKey(privateKey) };
};
