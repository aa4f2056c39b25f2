/** How long anything may take before it is given up. Far above what is expected: machines are shared. */
const patienceMsDefault = 45_000;
const everyMs = 50;

/** The first answer that is neither `undefined` nor false; asks again until then. Rejects with `what` when patience ends. */
export const eventually = async <Value>(
  what: string,
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  patienceMs = patienceMsDefault,
): Promise<Value> => {
  const until = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > until) throw new Error(`waited ${patienceMs} ms and it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};
