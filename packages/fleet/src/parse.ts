import type { Finding } from "@fogline/findings";
import { buildFleet } from "./build.ts";
import { type FleetDocument, type FleetFile, readFleetDocument } from "./document.ts";
import type { Fleet } from "./model.ts";
import { fleetRules } from "./rules/index.ts";
import type { FleetRule } from "./rules/rule.ts";

/** Runs rules over a document; findings come in the order of files and lines. */
export const checkFleet = (document: FleetDocument, rules: readonly FleetRule[] = fleetRules): readonly Finding[] => {
  const findings = rules.flatMap((rule) => [...rule.check(document)]);
  return findings.sort(
    (a, b) =>
      (a.place?.file ?? "").localeCompare(b.place?.file ?? "", "en") ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
};

/**
 * Reads the fleet from its files: clusters/fleet.yaml first, then clusters/fleet.d/*.yaml. Gives every problem at once, each
 * with its place, value and remedy. `fleet` is there when no finding is an error. Never throws, whatever the files hold.
 */
export const parseFleet = (files: ReadonlyArray<FleetFile>): { readonly fleet?: Fleet; readonly findings: readonly Finding[] } => {
  const document = readFleetDocument(files);
  const findings = checkFleet(document);
  return findings.some(({ severity }) => severity === "error") ? { findings } : { fleet: buildFleet(document), findings };
};
