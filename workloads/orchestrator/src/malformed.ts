import type { Duplex } from "node:stream";
import { type Code, codes } from "@fogline/findings";

/** An error as `application/problem+json` (RFC 9457), in the shape that the routes of the API answer with. */
export const problemText = (code: Code, status: number, detail: string): string =>
  JSON.stringify({ type: `docs/errors.md#${code.toLowerCase()}`, title: codes[code].title, status, code, detail });

/** Answers what is not HTTP, or not in time, with FL4018; then the connection is closed. */
export const answerMalformed = (error: Error & { code?: string }, socket: Duplex): void => {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const tooLong = error.code === "HPE_HEADER_OVERFLOW";
  const [status, phrase] = tooLong ? [431, "Request Header Fields Too Large"] : [400, "Bad Request"];
  const body = problemText("FL4018", status, tooLong ? "the head of the request is longer than the limit" : "the request is not well-formed HTTP");
  const head = `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
};
