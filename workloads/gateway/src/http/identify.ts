import type { Principal } from "@fogline/rpc";
import type { FastifyRequest } from "fastify";

/** Who a token belongs to; `undefined` when to nobody. */
export interface Identities {
  verify(token: string): Promise<Principal | undefined>;
}

/** The cookie that the pages sign in with. Browsers share cookies between the ports of a host: the port keeps two hubs on one machine apart. */
export const sessionCookieOf = ({ localPort }: { readonly localPort?: number | undefined }): string => `fogline_session_${localPort ?? 0}`;
/** Pages send it with every request that changes something; another site cannot, so its forged requests have no identity. */
export const forgeryHeader = "x-fogline-request";

type SocketOf = { readonly socket: Parameters<typeof sessionCookieOf>[0] };

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** The token of a request: a bearer token, else the session cookie where a forged request could not have sent it. */
export const tokenOf = ({ headers, method, socket }: Pick<FastifyRequest, "headers" | "method"> & SocketOf): string | undefined => {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  if (!safeMethods.has(method) && headers[forgeryHeader] === undefined) return undefined;
  return cookieOf(headers.cookie, sessionCookieOf(socket));
};

/** The value of a cookie (RFC 6265 section 4.2.1), as `encodeURIComponent` wrote it. */
export const cookieOf = (header: string | undefined, name: string): string | undefined => {
  for (const pair of header?.split(";") ?? []) {
    const split = pair.indexOf("=");
    if (split > 0 && pair.slice(0, split).trim() === name) return decoded(pair.slice(split + 1).trim());
  }
  return undefined;
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
