import { type DestinationStream, type Logger, pino } from "pino";
import { currentScope } from "./scope.ts";

/** Structured lines; every hub workload logs through one of these. */
export type Log = Logger;

const secretNames = ["token", "secret", "password", "credential", "authorization", "cookie", "apiKey"];

/** Where secrets may stand in what is logged: at the top, one level down, and two. */
const redactedPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * A log of JSON lines, to standard output unless `destination` is given. Lines written while an operation is handled carry its correlation id.
 * Values under names of secrets are replaced by "[redacted]".
 */
export const createLog = (options: { level: string; fields?: Record<string, string>; destination?: DestinationStream }): Log => {
  const settings = {
    level: options.level,
    base: options.fields ?? {},
    redact: { paths: redactedPaths, censor: "[redacted]" },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => {
      const scope = currentScope();
      return scope === undefined ? {} : { correlationId: scope.correlationId };
    },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
};
