const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal that is aborted when a person or the system ends this process, which then ends what it started itself. `forget` gives the signals back. */
export const stopOnSignals = (): { readonly signal: AbortSignal; forget(): void } => {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const name of signals) process.on(name, interrupt);
  return {
    signal: stop.signal,
    forget: () => {
      for (const name of signals) process.removeListener(name, interrupt);
    },
  };
};
