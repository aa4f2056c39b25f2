/** Whether a process of that number is there, also one that has ended and that nobody has waited for yet. */
export const processRuns = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};
