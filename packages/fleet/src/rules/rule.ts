import type { Finding } from "@fogline/findings";
import type { FleetDocument } from "../document.ts";
import type { FleetCode } from "../report.ts";

/** One thing that a fleet file must not have. Every finding it returns carries its code. */
export interface FleetRule {
  readonly code: FleetCode;
  readonly check: (document: FleetDocument) => readonly Finding[];
}
