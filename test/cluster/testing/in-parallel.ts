/** As many requests at a time as keep an API server on two cores busy. */
const width = 32;

/** Does one thing to each item, several at a time. Rejects with the first error. */
export const inParallel = async <Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> => {
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
};
