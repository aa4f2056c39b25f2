import { hkdfSync } from "node:crypto";

/** What the gateway must be told and never stores: who has its database alone can forge nothing. */
export interface GatewaySecrets {
  /** At least 32 random bytes. Keys that the database holds are sealed with what is derived from it. */
  readonly rootKey: Uint8Array;
  /** The host's own token, which may do everything: the way back in when no admin can sign in. Asked anew at each use, so that it can be changed. */
  readonly adminToken: () => string | undefined;
}

const keyBytes = 32;

/** A key for one purpose (HKDF-SHA256, RFC 5869). */
export const derivedKey = ({ rootKey }: Pick<GatewaySecrets, "rootKey">, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", rootKey, new Uint8Array(), `fogline/${purpose}`, keyBytes));
