import { type Code, codes, type Finding, type Place } from "@fogline/findings";

/** A problem of an input beside the fleet file. Never with the offending value: what is read here may be a secret. */
export const inputFinding = (code: Code, message: string, place: Place, remedy: string = codes[code].remedy): Finding => ({
  code,
  severity: "error",
  message,
  place,
  remedy,
});
