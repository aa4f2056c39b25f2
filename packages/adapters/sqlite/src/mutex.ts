/** Lets one in at a time, in the order of asking. */
export interface Mutex {
  /** Resolves with the function that lets the next one in. Rejects once closed. */
  acquire(): Promise<() => void>;
  /** Waits for those who asked before, and lets nobody in afterwards. */
  close(): Promise<void>;
}

export const mutex = (): Mutex => {
  let last: Promise<void> = Promise.resolve();
  let closed = false;
  const acquire = async () => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    if (!closed) return resolve;
    resolve();
    throw new Error("the database is closed");
  };
  return {
    acquire,
    close: async () => {
      const release = await acquire();
      closed = true;
      release();
    },
  };
};
