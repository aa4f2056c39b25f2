import type { Readable } from "node:stream";
import type { RemoteSession } from "./session.ts";

/**
 * Passes a stream on as fast as the session takes it, and its end after all of it: a pipe says that it is at its end although it was told to pause, while
 * its last bytes still wait for room. Answers how to stop.
 */
export const feedInput = (stream: Readable, session: Pick<RemoteSession, "write" | "endInput">): (() => void) => {
  let written: Promise<void> = Promise.resolve();
  const feed = (bytes: Buffer) => {
    stream.pause();
    written = written.then(() => session.write(bytes)).then(() => void stream.resume());
  };
  const finish = () => void written.then(() => session.endInput());
  stream.on("data", feed);
  stream.once("end", finish);
  return () => {
    stream.off("data", feed);
    stream.off("end", finish);
    stream.pause();
  };
};
