import type { WebSocket } from "ws";

/** WebSocket close codes that stand for the absence of one and may not be sent (RFC 6455 section 7.4.1), and what is said instead. */
const noStatus = 1005;
const abnormal = 1006;
/** "Bad gateway" in the registry of IANA: the other side was lost. */
const otherSideLost = 1014;

/**
 * Joins two WebSockets until one ends; then the other ends with the same code. Frames go through as they are, text or binary. A side that is
 * slower than the other slows it down: beyond `bufferedBytesMax` the fast side is not read until the slow one has taken what waits.
 */
export const bridge = (one: WebSocket, other: WebSocket, bufferedBytesMax: number): void => {
  pass(one, other, bufferedBytesMax);
  pass(other, one, bufferedBytesMax);
  // One that ended before they were joined tells nobody any more.
  if (one.readyState === one.CLOSED) other.close(otherSideLost);
  if (other.readyState === other.CLOSED) one.close(otherSideLost);
};

const pass = (from: WebSocket, to: WebSocket, bufferedBytesMax: number): void => {
  from.on("message", (data, binary) => {
    if (to.readyState !== to.OPEN) return;
    to.send(data, { binary }, () => {
      if (from.isPaused && to.bufferedAmount <= bufferedBytesMax) from.resume();
    });
    if (to.bufferedAmount > bufferedBytesMax) from.pause();
  });
  // A broken or too large frame: ws closes this side with the code that says so, and `close` follows.
  from.on("error", () => {});
  from.once("close", (code, reason) => {
    // What is paused would never see the other's close frame.
    to.resume();
    if (code === noStatus) to.close();
    else to.close(code === abnormal ? otherSideLost : code, reason);
  });
  from.resume();
};
