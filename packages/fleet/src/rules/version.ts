import { numberOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import { type FleetCode, finding } from "../report.ts";
import { schemaVersion } from "../schema.ts";
import { type FleetRule, rule } from "./rule.ts";

const stated = ({ raw }: FleetDocument): number | undefined => {
  const version = numberOf(raw.schema);
  return version !== undefined && Number.isInteger(version) && version >= 0 ? version : undefined;
};

const versionRule = (code: FleetCode, differs: (version: number) => boolean, relation: string): FleetRule =>
  rule(code, (document) => {
    const version = stated(document);
    if (version === undefined || !differs(version)) return [];
    const message = `the fleet file is written in schema ${version}, ${relation} than ${schemaVersion}, which this version of fogline reads`;
    return [finding(code, message, document.placeOf(["schema"]), { value: version })];
  });

/** The vocabulary's version must be the one that this version of Fogline has. */
export const versionRules: readonly FleetRule[] = [
  versionRule("FL1090", (version) => version > schemaVersion, "newer"),
  versionRule("FL1091", (version) => version < schemaVersion, "older"),
];
