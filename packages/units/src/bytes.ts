import { assertWhole, scaleDecimal } from "./decimal.ts";

/** Bytes of each unit. Decimal and binary prefixes are different units, and both are in use: traffic in MB, memory in MiB. */
const FACTORS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Binary units first, so that 1 GiB is not written as 1073741824B and 1 GB not as a fraction. */
const EXACT_ORDER = ["TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "kB"] as const;

const KUBERNETES_ORDER = [
  ["Ti", 1024 ** 4],
  ["Gi", 1024 ** 3],
  ["Mi", 1024 ** 2],
  ["Ki", 1024],
] as const;

const BYTES = /^([\d.]+) ?([A-Za-z]{1,3})$/;

/** What a byte quantity looks like, for schemas and messages. */
export const BYTES_PATTERN = "^\\d+(\\.\\d+)? ?([kKMGT]?B|[KMGT]iB)$";

/** One mebibyte and one gibibyte in bytes. */
export const MEBIBYTE = 1024 ** 2;
export const GIBIBYTE = 1024 ** 3;

/** Bytes of "200MiB", "200MB" or "1.4GiB", rounded down to a whole byte; `undefined` for anything else or above 2^53 - 1. */
export const parseBytes = (text: string): number | undefined => {
  const match = BYTES.exec(text);
  const factor = Object.hasOwn(FACTORS, match?.[2] ?? "") ? FACTORS[match?.[2] ?? ""] : undefined;
  return match === null || factor === undefined ? undefined : scaleDecimal(match[1] ?? "", factor, false);
};

/** The exact text of a number of bytes, in the largest unit that divides it; `parseBytes` gives back the same number. */
export const formatBytes = (bytes: number): string => {
  assertWhole(bytes, "bytes");
  for (const unit of EXACT_ORDER) {
    const factor = FACTORS[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
};

/** A number of bytes for people, rounded to one decimal in a binary unit: "1.4 GiB". */
export const describeBytes = (bytes: number): string => {
  assertWhole(bytes, "bytes");
  for (const unit of ["TiB", "GiB", "MiB", "KiB"]) {
    const factor = FACTORS[unit] ?? 1;
    if (bytes >= factor) return `${(Math.round((bytes / factor) * 10) / 10).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
};

/** The exact Kubernetes quantity of a number of bytes: "200Mi", "1503238553". */
export const formatKubernetesBytes = (bytes: number): string => {
  assertWhole(bytes, "bytes");
  for (const [suffix, factor] of KUBERNETES_ORDER) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${suffix}`;
  }
  return `${bytes}`;
};
