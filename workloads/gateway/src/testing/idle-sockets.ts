import { fork } from "node:child_process";
import { once } from "node:events";

/** Opened at once; more would only wait in the queue of the listening socket. */
const together = 250;

/** What the other process runs: it opens sockets, says how many, and ends when its parent does. */
const program = `
const { connect } = require("node:net");
const [port, count] = process.argv.slice(1).map(Number);
const held = [];
const openOne = () => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => { held.push(socket); resolve(true); });
  socket.on("error", () => resolve(false));
  socket.on("close", () => held.splice(held.indexOf(socket), 1));
});
(async () => {
  while (held.length < count) {
    const opened = await Promise.all(Array.from({ length: Math.min(${together}, count - held.length) }, openOne));
    if (opened.includes(false)) break;
  }
  process.send(held.length);
})();
process.on("message", () => process.send(held.length));
process.on("disconnect", () => process.exit(0));
`;

export interface IdleSockets {
  /** How many were opened. */
  readonly opened: number;
  /** How many are open now. */
  held(): Promise<number>;
  close(): void;
}

/** Opens sockets to a port of this machine from a process of their own, and does nothing with them. */
export const openIdleSockets = async (port: number, count: number): Promise<IdleSockets> => {
  const child = fork("-e", [], { execArgv: ["-e", program, String(port), String(count)], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const next = async () => Number((await once(child, "message"))[0]);
  const opened = await next();
  return {
    opened,
    held: async () => {
      const answer = next();
      child.send("how many");
      return answer;
    },
    close: () => void child.kill(),
  };
};
