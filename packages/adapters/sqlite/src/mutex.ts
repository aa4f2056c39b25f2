/** Lets one in at a time, in the order of asking. */
export interface Mutex {
  /** Resolves with the function that lets the next one in. */
  acquire(): Promise<() => void>;
}

export const mutex = (): Mutex => {
  let last: Promise<void> = Promise.resolve();
  return {
    acquire: async () => {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      return resolve;
    },
  };
};
