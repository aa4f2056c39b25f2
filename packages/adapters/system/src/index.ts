export { systemClock } from "./clock.ts";
export { lockFile } from "./file-lock.ts";
export { findMark, markOf, type ProcessMark, runs, signal } from "./process-mark.ts";
export { systemRandom } from "./random.ts";
