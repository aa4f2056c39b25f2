import { parseDurationMs } from "@fogline/units";
import { InvalidArgumentError } from "commander";

/** The value of an option that is a time, none among them, in milliseconds. */
export const durationOrNone = (text: string): number => {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms < 0) throw new InvalidArgumentError("write it like 1h");
  return ms;
};

/** The value of an option that is a time, in milliseconds. */
export const duration = (text: string): number => {
  const ms = durationOrNone(text);
  if (ms === 0) throw new InvalidArgumentError("write it like 1h");
  return ms;
};
