import type { Made } from "./state.ts";
export const removeMade = async (_made: readonly Made[]): Promise<string[]> => [];
