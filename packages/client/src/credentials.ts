/** What a session is kept going with. */
export interface Tokens {
  /** Absent when only the refresh token was kept. */
  readonly accessToken?: string;
  /** When the access token ends, in milliseconds since 1970. */
  readonly accessExpiresAtMs?: number;
  readonly refreshToken: string;
}

export interface TokensOption extends Tokens {
  /**
   * Told of new tokens before they are used. A refresh token works once: keep the new one where the old one was kept, or the session is lost with
   * this process.
   */
  readonly changed?: (tokens: Required<Tokens>) => void | Promise<void>;
}

/** How a request proves whom it speaks for. */
export interface Credentials {
  headers(): Promise<Readonly<Record<string, string>>>;
  /** Gets other headers after these were refused; false when there are none to get. */
  renew(refused: Readonly<Record<string, string>>): Promise<boolean>;
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** The same token always. */
export const withToken = (token: string): Credentials => ({ headers: async () => bearer(token), renew: async () => false });

/** The session cookie of a page. The header says that the request comes from a script of this origin and not from another site's form. */
export const withCookie: Credentials = { headers: async () => ({ "x-fogline-request": "client" }), renew: async () => false };

/** An access token counts as ended so long before it is, for clocks that differ and requests that travel. */
const marginMs = 10_000;

/**
 * A session that renews itself: before its access token ends, and when it is refused. However many calls find out, one request renews, because
 * a refresh token that is used twice ends the session.
 */
export const withTokens = (given: TokensOption, refresh: (refreshToken: string) => Promise<Required<Tokens>>, now: () => number): Credentials => {
  let tokens: Tokens = given;
  let renewing: Promise<void> | undefined;
  const renew = (): Promise<void> => {
    renewing ??= (async () => {
      const fresh = await refresh(tokens.refreshToken);
      await given.changed?.(fresh);
      tokens = fresh;
    })().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const ended = (): boolean => tokens.accessToken === undefined || now() > (tokens.accessExpiresAtMs ?? Number.POSITIVE_INFINITY) - marginMs;
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
