import { codes, type Finding, type Place, type Severity } from "@fogline/findings";

/** The codes of the fleet file. */
export type FleetCode = Extract<keyof typeof codes, `FL1${string}`>;

/** True for a code of the fleet file. */
export const isFleetCode = (code: string): code is FleetCode => code.startsWith("FL1") && Object.hasOwn(codes, code);

const VALUE_CHARACTERS_MAX = 120;

/** The value as a person wrote it, on one line and not longer than a line. */
export const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}...` : text;
};

/** A finding with the code's own remedy unless a better one is known. */
export const finding = (
  code: FleetCode,
  message: string,
  place: Place,
  details: { readonly value?: unknown; readonly remedy?: string; readonly severity?: Severity } = {},
): Finding => ({
  code,
  severity: details.severity ?? "error",
  message,
  place,
  ...(details.value === undefined ? {} : { value: shown(details.value) }),
  remedy: details.remedy ?? codes[code].remedy,
});
