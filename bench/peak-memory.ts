/** Loaded before a program that is measured: writes the most memory that it ever held, in bytes, to the file that FOGLINE_PEAK_MEMORY names. */
import { readFileSync, writeFileSync } from "node:fs";

// Not `process.resourceUsage().maxRSS`: Linux carries that over from the process that started this one, so a large parent would be measured.
process.on("exit", () => {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const file = process.env.FOGLINE_PEAK_MEMORY;
  if (file !== undefined) writeFileSync(file, String(Number(kibibytes) * 1_024));
});
