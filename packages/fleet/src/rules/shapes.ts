import type { Finding } from "@fogline/findings";
import type { FleetDocument } from "../document.ts";
import type { FleetCode } from "../report.ts";
import { shapeFindings } from "../shape.ts";
import type { FleetRule } from "./rule.ts";

const cache = new WeakMap<FleetDocument, readonly Finding[]>();

/** All findings of one schema run, which the rules below share. */
const shapesOf = (document: FleetDocument): readonly Finding[] => {
  let findings = cache.get(document);
  if (findings === undefined) {
    findings = document.readable ? shapeFindings(document) : [];
    cache.set(document, findings);
  }
  return findings;
};

const rule = (code: FleetCode): FleetRule => ({
  code,
  check: (document) => [...document.problems, ...shapesOf(document)].filter((finding) => finding.code === code),
});

const readingCodes = ["FL1001", "FL1002", "FL1003", "FL1004", "FL1005"] as const satisfies readonly FleetCode[];
const schemaCodes = [
  "FL1010",
  "FL1011",
  "FL1012",
  "FL1013",
  "FL1015",
  "FL1016",
  "FL1017",
  "FL1018",
  "FL1019",
  "FL1020",
  "FL1021",
  "FL1022",
  "FL1023",
  "FL1024",
  "FL1135",
  "FL1080",
  "FL1120",
  "FL1123",
  "FL1130",
  "FL1133",
  "FL1134",
] as const satisfies readonly FleetCode[];

/** What reading and the schema find, one rule a code. */
export const shapeRules: readonly FleetRule[] = [...readingCodes, ...schemaCodes].map(rule);
