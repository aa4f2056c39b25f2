// Stryker disable all: these are expectations, written by hand.
import { absent, type FieldRow } from "./fields.ts";

const largest = Number.MAX_SAFE_INTEGER;

/** Any text, also none. */
export const text: FieldRow = { takes: ["", "x".repeat(10_000)], refuses: [absent, null, 1, ["x"]] };
/** Text of at least one character. */
export const someText: FieldRow = { takes: ["x", "x".repeat(10_000)], refuses: [absent, null, 1, ""] };
export const flag: FieldRow = { takes: [true, false], refuses: [absent, null, "true", 0] };
export const texts: FieldRow = { takes: [[], ["", "x"]], refuses: [absent, null, "x", [1], [null]] };
/** Text by any key. */
export const textByKey: FieldRow = { takes: [{}, { "any key": "" }], refuses: [absent, null, "x", { key: 1 }] };
/** A whole number of either sign. */
export const whole: FieldRow = { takes: [-largest, 0, largest], refuses: [absent, null, 0.5, "1", largest + 1] };
export const positiveWhole: FieldRow = { takes: [1, largest], refuses: [absent, null, 0, -1, 1.5, "1"] };
/** Zero or a positive whole number. */
export const countable: FieldRow = { takes: [0, largest], refuses: [absent, null, -1, 0.5, "1"] };
/** Any finite number. */
export const number: FieldRow = { takes: [-1.5, 0, 1e300], refuses: [absent, null, "1", Number.NaN, Number.POSITIVE_INFINITY] };
/** The name of a node. */
export const nodeName: FieldRow = {
  takes: ["a", "z", "0", "9", "a-b", "zaz09z", "a0", "a9", `a${"-".repeat(61)}9`],
  refuses: [absent, null, 1, "", "-a", "a-", "A", "a_b", "a.b", "a b", "a\n", ".a", "a".repeat(64)],
};
export const anything: FieldRow = { takes: [null, 0, "x", { any: ["thing"] }] };

/** Text of at most so many characters. */
export const textUpTo = (most: number): FieldRow => ({ takes: ["", "x".repeat(most)], refuses: [absent, null, 1, "x".repeat(most + 1)] });
/** A list of at most so many texts, each of at most so many characters. */
export const textsUpTo = (most: number, each: number): FieldRow => ({
  takes: [[], Array(most).fill("x".repeat(each))],
  refuses: [absent, null, "x", [1], Array(most + 1).fill("x"), ["x".repeat(each + 1)]],
});
/** An object of which `sample` is one; the object's own table says the rest. */
export const inner = (sample: object): FieldRow => ({ takes: [sample], refuses: [absent, null, {}, "x"] });
/** A list of such objects. */
export const listOf = (sample: object): FieldRow => ({ takes: [[], [sample], [sample, sample]], refuses: [absent, null, {}, [{}], [null]] });
/** A whole number between both, which belong to it. */
export const wholeBetween = (least: number, most: number): FieldRow => ({
  takes: [least, most],
  refuses: [absent, null, least - 1, most + 1, least + 0.5, "1"],
});
/** The same written in a query, where every value is text; 100 unless told. */
export const pageLimit = (most: number): FieldRow => ({ takes: [1, most], reads: [["7", 7]], refuses: [0, most + 1, 1.5, "x", null], fills: 100 });

/** A whole number written in a query, between both bounds; `fills` is what stands for one that is absent. */
export const queryWhole = (least: number, most: number, fills: number): FieldRow => ({
  takes: [least, most],
  reads: [[String(most), most]],
  refuses: [least - 1, most + 1, least + 0.5, "x"],
  fills,
});
/** A whole number of either sign written in a query, which may be absent. */
export const anyQueryWhole: FieldRow = { takes: [-1, 0, absent], reads: [["7", 7]], refuses: [1.5, "x"] };
/** The name of a person. */
export const userName: FieldRow = {
  takes: ["a", "0", "ann", "a.b-c_9", `a${"-".repeat(61)}9`],
  refuses: [absent, null, 1, "", ".a", "a.", "-a", "a_", "Ann", "a b", "a@b", "a\n", "a".repeat(64)],
};

/** One of these words and no other. */
export const oneOf = (...words: string[]): FieldRow => ({ takes: words, refuses: [absent, null, "", "something-else", 0] });
/** A number between both, which belong to it. */
export const between = (least: number, most: number, step: number): FieldRow => ({
  takes: [least, most],
  refuses: [absent, null, least - step, most + step, "x"],
});
/** What the row takes, and null. */
export const orNull = (row: FieldRow): FieldRow => ({ ...row, takes: [...(row.takes ?? []), null], refuses: without(row.refuses, null) });
/** What the row takes, or nothing at all. */
export const orAbsent = (row: FieldRow): FieldRow => ({ ...row, takes: [...(row.takes ?? []), absent], refuses: without(row.refuses, absent) });
/** What the row takes, or nothing, in place of which comes a default. */
export const orElse = (fills: unknown, row: FieldRow): FieldRow => ({ ...row, fills, refuses: without(row.refuses, absent) });

const without = (values: readonly unknown[] = [], value: unknown): unknown[] => values.filter((candidate) => candidate !== value);
