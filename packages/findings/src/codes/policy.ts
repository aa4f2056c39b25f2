import type { CodeEntry } from "../codes.ts";

/** FL2xxx: what the rules of a tree object to. */
export const policyCodes = {} as const satisfies Record<string, CodeEntry>;
