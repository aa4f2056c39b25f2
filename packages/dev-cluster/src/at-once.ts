/** Clients that ask an API server at the same time. */
const clientsDefault = 32;

/** Does something with each value, so many at once, in their order. Rejects with the first error. */
export const atOnce = async <Value>(values: readonly Value[], act: (value: Value) => Promise<unknown>, clients = clientsDefault): Promise<void> => {
  const left = values.values();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (const value of left) await act(value);
    }),
  );
};
