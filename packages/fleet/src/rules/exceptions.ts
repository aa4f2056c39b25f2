import { type CodeEntry, codes, type Finding } from "@fogline/findings";
import { isTable, textOf } from "../declared.ts";
import type { FleetDocument, Table } from "../document.ts";
import { finding } from "../report.ts";
import { type FleetRule, rule } from "./rule.ts";

/** A reason shorter than this says nothing. */
const REASON_CHARACTERS_MIN = 10;

interface Declared {
  readonly index: number;
  readonly fields: Table;
}

const declaredExceptions = ({ raw }: FleetDocument): Declared[] =>
  Array.isArray(raw.exceptions) ? raw.exceptions.flatMap((fields, index) => (isTable(fields) ? [{ index, fields }] : [])) : [];

/** The entry of a code that rules of a tree have. */
const ruleEntry = (code: string): CodeEntry | undefined =>
  /^FL[23]/.test(code) ? Object.entries<CodeEntry>(codes).find(([known]) => known === code)?.[1] : undefined;

const unknownCodes = (document: FleetDocument): Finding[] =>
  declaredExceptions(document).flatMap(({ index, fields }) => {
    const code = textOf(fields.code);
    if (code === undefined || ruleEntry(code) !== undefined) return [];
    return [finding("FL1081", `${code} is not the code of a rule`, document.placeOf(["exceptions", index, "code"]), { value: code })];
  });

const firmCodes = (document: FleetDocument): Finding[] =>
  declaredExceptions(document).flatMap(({ index, fields }) => {
    const code = textOf(fields.code) ?? "";
    const entry = ruleEntry(code);
    if (entry?.exception !== "never") return [];
    return [
      finding("FL1082", `there is no exception from ${code}, ${entry.title}`, document.placeOf(["exceptions", index, "code"]), { value: code }),
    ];
  });

const emptyReasons = (document: FleetDocument): Finding[] =>
  declaredExceptions(document).flatMap(({ index, fields }) => {
    const reason = textOf(fields.reason);
    if (reason === undefined || reason.trim().length >= REASON_CHARACTERS_MIN) return [];
    const message = `the reason has ${reason.trim().length} characters, and at least ${REASON_CHARACTERS_MIN} are needed`;
    return [finding("FL1083", message, document.placeOf(["exceptions", index, "reason"]), { value: reason })];
  });

const repeated = (document: FleetDocument): Finding[] => {
  const seen = new Set<string>();
  return declaredExceptions(document).flatMap(({ index, fields }) => {
    const code = textOf(fields.code);
    const key = JSON.stringify([code, fields.object ?? null, fields.cluster ?? null]);
    if (code === undefined || !seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [
      finding("FL1084", `there is an exception from ${code} for the same already`, document.placeOf(["exceptions", index, "code"]), { value: code }),
    ];
  });
};

/** What can be wrong with exceptions from the rules of a tree. */
export const exceptionRules: readonly FleetRule[] = [
  rule("FL1081", unknownCodes),
  rule("FL1082", firmCodes),
  rule("FL1083", emptyReasons),
  rule("FL1084", repeated),
];
