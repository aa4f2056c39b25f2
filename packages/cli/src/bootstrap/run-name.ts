/** The name of a run by its moment, UTC: names sort as runs do. */
export const runName = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
