import type { CodeEntry } from "../codes.ts";

/** FL5xxx: what a change puts at risk. */
export const changeCodes = {} as const satisfies Record<string, CodeEntry>;
