import { formatDurationMs } from "@fogline/units";

/** A duration in its largest unit: `3h`, `12m`. */
export const ago = (ms: number): string => {
  const units = [86_400_000, 3_600_000, 60_000, 1_000];
  const unit = units.find((one) => ms >= one) ?? 1_000;
  return formatDurationMs(Math.max(0, Math.floor(ms / unit)) * unit);
};

/** A duration to the second: `1h2m3s`. */
export const lasting = (ms: number): string => formatDurationMs(Math.max(0, Math.round(ms / 1_000)) * 1_000);

/** A moment on the clock of whoever reads it: `2026-11-25 23:11:04`. */
export const moment = (ms: number): string => {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
};
