import type { Duplex } from "node:stream";
import { type Code, codes } from "@fogline/findings";

/** An error as `application/problem+json` (RFC 9457), in the shape that the routes of the API answer with. */
export const problemText = (code: Code, status: number, detail: string, requestId?: string): string =>
  JSON.stringify({
    type: `docs/errors.md#${code.toLowerCase()}`,
    title: codes[code].title,
    status,
    code,
    detail,
    ...(requestId === undefined ? {} : { instance: requestId }),
  });

/** What Node's parser calls a request that it gives up on, with the status of the answer. */
const statuses: Readonly<Record<string, readonly [status: number, phrase: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "the head of the request is longer than the limit"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "the request did not arrive in time"],
};

/** Answers what is not HTTP, or not in time, with FL4018; then the connection is closed. */
export const answerMalformed = (error: Error & { code?: string }, socket: Duplex): void => {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, phrase, detail] = statuses[error.code ?? ""] ?? [400, "Bad Request", "the request is not well-formed HTTP"];
  socket.end(refusalBytes("FL4018", status, phrase, detail));
};

/** Nothing of it is a page, and nobody keeps it. */
const inertHeaders = [
  "content-security-policy: default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options: nosniff",
  "cache-control: no-store",
] as const;

/** A whole answer for a connection that no HTTP server looks after, and which is closed behind it. */
export const refusalBytes = (code: Code, status: number, phrase: string, detail: string): string => {
  const body = problemText(code, status, detail);
  const head = [
    `HTTP/1.1 ${status} ${phrase}`,
    "content-type: application/problem+json",
    ...inertHeaders,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
};
