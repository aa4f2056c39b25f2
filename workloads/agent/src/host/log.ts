import type { AgentLog } from "../ports.ts";

/** One JSON line an entry, in the form of the hub's logs: level 30 is information, 40 a warning, `time` in milliseconds. */
export const lineLog = (nodeId: string, write: (line: string) => void): AgentLog => {
  const entry = (level: number, msg: string, fields: Readonly<Record<string, unknown>> = {}) =>
    write(`${JSON.stringify({ level, time: Date.now(), name: "agent", node: nodeId, ...fields, msg })}\n`);
  return { info: (message, fields) => entry(30, message, fields), warn: (message, fields) => entry(40, message, fields) };
};
