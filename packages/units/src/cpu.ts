import { assertWhole, scaleDecimal } from "./decimal.ts";

/** What a CPU quantity looks like as text, for schemas and messages. */
export const CPU_PATTERN = "^(\\d+m|\\d+(\\.\\d{1,3})?)$";

/** Thousandths of a core of "200m", "0.2", 0.2 or 2, the ways Kubernetes writes it; `undefined` for anything else or finer. */
export const parseCpuMillicores = (quantity: string | number): number | undefined => {
  const text = String(quantity);
  return text.endsWith("m") ? (/^\d+m$/.test(text) ? scaleDecimal(text.slice(0, -1), 1, true) : undefined) : scaleDecimal(text, 1000, true);
};

/** The Kubernetes quantity of whole millicores: "200m", "2"; `parseCpuMillicores` gives back the same number. */
export const formatCpuMillicores = (millicores: number): string => {
  assertWhole(millicores, "millicores");
  return millicores % 1000 === 0 ? `${millicores / 1000}` : `${millicores}m`;
};
