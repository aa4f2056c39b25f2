import type { Table } from "./document.ts";

/** Tolerant readers over the unchecked tree: what has the wrong shape reads as absent, because the shape rules name it. */
export const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
export const tableOf = (value: unknown): Table => (isTable(value) ? value : {});
export const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);
