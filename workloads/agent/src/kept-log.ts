import type { AgentLog } from "./ports.ts";

/** What is kept of the agent's own log, in bytes; the oldest lines make room for new ones. */
export const keptBytesMax = 65_536;
/** One line may not push out all others. */
const lineBytesMax = 4_096;

const cut = (text: string, bytesMax: number): string => {
  const bytes = Buffer.from(text);
  // The last bytes, from the next whole character on (RFC 3629).
  return bytes.length <= bytesMax
    ? text
    : bytes
        .subarray(bytes.length - bytesMax)
        .toString("utf8")
        .replace(/^�+/, "");
};

const worded = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join("");

/** A log that also keeps the end of itself in memory, as lines for a person: time, level, message, fields. */
export const keptLog = (log: AgentLog, clock: { now(): number }): { readonly log: AgentLog; tail(bytesMax: number): string } => {
  const lines: { readonly text: string; readonly bytes: number }[] = [];
  let bytes = 0;
  const keep = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const line = `${new Date(clock.now()).toISOString()} ${level} ${message}${worded(fields)}`.replaceAll("\n", " ");
    const text = `${Buffer.byteLength(line) < lineBytesMax ? line : `${line.slice(0, lineBytesMax / 4)}...`}\n`;
    lines.push({ text, bytes: Buffer.byteLength(text) });
    bytes += lines.at(-1)?.bytes ?? 0;
    while (bytes > keptBytesMax) bytes -= lines.shift()?.bytes ?? 0;
  };
  return {
    log: {
      info: (message, fields) => {
        keep("info", message, fields);
        log.info(message, fields);
      },
      warn: (message, fields) => {
        keep("warn", message, fields);
        log.warn(message, fields);
      },
    },
    tail: (bytesMax) => {
      let first = lines.length;
      for (let left = bytesMax; first > 0; first -= 1) {
        left -= lines[first - 1]?.bytes ?? 0;
        if (left < 0) break;
      }
      // Whole lines, unless not even the last one fits.
      if (first === lines.length) return cut(lines.at(-1)?.text ?? "", bytesMax);
      return lines
        .slice(first)
        .map(({ text }) => text)
        .join("");
    },
  };
};
