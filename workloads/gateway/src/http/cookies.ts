import type { FastifyReply, FastifyRequest } from "fastify";

/** What a page holds of its session. Browsers share cookies between the ports of a host: the port in the name keeps two hubs on one machine apart. */
export const cookieNames = ({ localPort = 0 }: { readonly localPort?: number | undefined }) => ({
  access: `fogline_access_${localPort}`,
  refresh: `fogline_refresh_${localPort}`,
  /** A sign-in at the identity provider that is under way. */
  oidc: `fogline_oidc_${localPort}`,
});

/** Sent where it is exchanged and nowhere else. */
export const refreshPath = "/api/auth";

export interface CookieOptions {
  readonly path: string;
  /** `Lax` for what must survive the way back from the identity provider; otherwise no other site may have it sent. */
  readonly sameSite: "Strict" | "Lax";
  /** 0 removes it. */
  readonly maxAgeSeconds: number;
}

/** Adds a cookie to the answer that no script can read, and that leaves the browser over TLS alone where the request came over TLS. */
export const setCookie = (reply: FastifyReply, request: FastifyRequest, name: string, value: string, options: CookieOptions): void => {
  const parts = [`${name}=${encodeURIComponent(value)}`, `Path=${options.path}`, "HttpOnly", `SameSite=${options.sameSite}`];
  parts.push(`Max-Age=${options.maxAgeSeconds}`);
  if (request.protocol === "https") parts.push("Secure");
  reply.header("set-cookie", parts.join("; "));
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
