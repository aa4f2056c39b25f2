import { createHmac, timingSafeEqual } from "node:crypto";

/** What a refresh token says: which exchange of which session it is for. */
export interface RefreshClaim {
  readonly session: string;
  readonly generation: number;
}

const shape = /^flr_([\w-]{1,64})\.(\d{1,15})\.([\w-]{43})$/;

/**
 * Refresh tokens are computed and not stored: HMAC-SHA256 (RFC 2104) over the session, the number of the exchange and a random salt of the session,
 * with a key that the database does not hold. So the same next token can be given again to who lost the answer, and a copy of the database
 * gives nobody a session.
 */
export const refreshTokenOf = ({ session, generation }: RefreshClaim, salt: string, key: Uint8Array): string =>
  `flr_${session}.${generation}.${macOf(session, generation, salt, key).toString("base64url")}`;

/** What the token claims, before anything is proved. */
export const readRefreshToken = (token: string): (RefreshClaim & { readonly proof: string }) | undefined => {
  const [, session, generation, proof] = shape.exec(token) ?? [];
  return session === undefined || proof === undefined ? undefined : { session, generation: Number(generation), proof };
};

/** Whether the token was made here, for this session and exchange. */
export const provesRefresh = ({ session, generation, proof }: RefreshClaim & { readonly proof: string }, salt: string, key: Uint8Array): boolean =>
  timingSafeEqual(Buffer.from(proof, "base64url"), macOf(session, generation, salt, key));

const macOf = (session: string, generation: number, salt: string, key: Uint8Array): Buffer =>
  createHmac("sha256", key)
    .update(JSON.stringify([session, generation, salt]))
    .digest();
