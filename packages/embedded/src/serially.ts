/** Runs `work` once at a time; calls during a run lead to one more run after it. What `work` throws goes to `failed`. */
export const serially = (work: () => Promise<void>, failed: (thrown: unknown) => void): (() => void) => {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work().catch(failed);
    } while (again);
    running = false;
  };
  return () => void run();
};
