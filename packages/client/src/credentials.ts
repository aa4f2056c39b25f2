/** What a session is kept going with. */
export interface Tokens {
  /** Absent when only the refresh token was kept. */
  readonly accessToken?: string | null;
  /** When the access token ends, in milliseconds since 1970. */
  readonly accessExpiresAtMs?: number;
  /** As a session has it, where null says that a cookie has it instead: such a session is not for this. */
  readonly refreshToken: string | null;
}

/** Tokens that the hub gave for earlier ones. */
export interface FreshTokens extends Tokens {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
}

export interface TokensOption extends Tokens {
  /**
   * Told of new tokens before they are used. A refresh token works once: keep the new one where the old one was kept, or the session is lost with
   * this process.
   */
  readonly changed?: (tokens: FreshTokens) => void | Promise<void>;
}

/** How a request proves whom it speaks for. */
export interface Credentials {
  headers(): Promise<Readonly<Record<string, string>>>;
  /** Gets other headers after these were refused; false when there are none to get. */
  renew(refused: Readonly<Record<string, string>>): Promise<boolean>;
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** A token that somebody else looks after. */
export const withToken = (token: string | (() => string | Promise<string>)): Credentials => ({
  headers: async () => bearer(typeof token === "function" ? await token() : token),
  renew: async () => false,
});

/** Nobody: enough for what anybody may ask. */
export const withNothing: Credentials = { headers: async () => ({}), renew: async () => false };

/** The session cookie of a page. The header says that the request comes from a script of this origin and not from another site's form. */
export const withCookie: Credentials = { headers: async () => ({ "x-fogline-request": "client" }), renew: async () => false };

/** An access token counts as ended so long before it is, for clocks that differ and requests that travel. */
const marginMs = 10_000;

/**
 * A session that renews itself: before its access token ends, and when it is refused. However many calls find out, one request renews, because
 * a refresh token that is used twice ends the session.
 */
export const withTokens = (given: TokensOption, refresh: (refreshToken: string) => Promise<FreshTokens>, now: () => number): Credentials => {
  if (given.refreshToken === null) throw new TypeError("the refresh token of this session is in a cookie, which programs do not see");
  let tokens: Tokens = given;
  let renewing: Promise<void> | undefined;
  const renew = (): Promise<void> => {
    renewing ??= (async () => {
      const fresh = await refresh(tokens.refreshToken ?? "");
      await given.changed?.(fresh);
      tokens = fresh;
    })().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const ended = (): boolean => (tokens.accessToken ?? null) === null || now() > (tokens.accessExpiresAtMs ?? Number.POSITIVE_INFINITY) - marginMs;
  return {
    headers: async () => {
      if (renewing !== undefined || ended()) await renew();
      return bearer(tokens.accessToken ?? "");
    },
    renew: async (refused) => {
      // Another call may have renewed since this one was sent.
      if (refused.authorization === bearer(tokens.accessToken ?? "").authorization) await renew();
      return true;
    },
  };
};
