import { refreshSession } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { hubClient } from "./hub-client.ts";
import type { Logins } from "./logins.ts";

/** An access token counts as ended so long before it is, for clocks that differ and requests that travel. */
const marginMs = 30_000;

/**
 * The access token of a login, renewed when it has ended. Commands that run at the same time may renew at the same time: the hub gives both
 * the same new tokens for some seconds.
 */
export const sessionToken =
  (logins: Logins, url: string, now: () => number): (() => Promise<string>) =>
  async () => {
    const login = logins.read(url);
    if (login === undefined) throw ended(url);
    if (login.accessExpiresAtMs - marginMs > now()) return login.accessToken;
    const renewed = await hubClient({ url, token: undefined })
      .call(refreshSession, { refreshToken: login.refreshToken })
      .catch((thrown: unknown) => {
        throw thrown instanceof FoglineError && thrown.code === "FL4002" ? ended(url) : thrown;
      });
    const { accessToken, refreshToken, accessExpiresAtMs } = renewed;
    if (accessToken === null || refreshToken === null) throw new FoglineError("FL4011", `the hub at ${url} answered a renewal without tokens`);
    logins.write({ ...login, accessToken, refreshToken, accessExpiresAtMs });
    return accessToken;
  };

const ended = (url: string): FoglineError =>
  new FoglineError("FL4002", `the session at ${url} has ended`, {
    remedy: `fogline login --url ${url}, or fogline logout --url ${url} to forget it`,
  });
