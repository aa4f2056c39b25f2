import type { IncomingMessage } from "node:http";

/** `name`, `name:port`, `1.2.3.4:port` or `[::1]:port` (RFC 9110 section 7.2), without user, path or blanks. */
const hostPattern = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/;

/** Methods that mean nothing here: one would echo a request with its cookies, one would open a tunnel, one asks for other sites. */
const refusedMethods: ReadonlySet<string> = new Set(["TRACE", "CONNECT", "OPTIONS"]);

/** What is wrong with a request before anybody looks at what it asks for; undefined when nothing is. */
export const misshapen = ({ method = "", headers, rawHeaders }: IncomingMessage): { readonly status: number; readonly why: string } | undefined => {
  if (refusedMethods.has(method)) return { status: 405, why: `${method} is not answered here` };
  const hosts = rawHeaders.filter((_text, index) => index % 2 === 0 && isHost(rawHeaders[index] ?? ""));
  if (hosts.length !== 1) return { status: 400, why: `the request names ${hosts.length} hosts instead of one` };
  if (!hostPattern.test(headers.host ?? "")) return { status: 400, why: "the host is not one" };
  return undefined;
};

const isHost = (name: string): boolean => name.length === 4 && name.toLowerCase() === "host";
