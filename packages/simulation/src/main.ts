import { createInterface } from "node:readline";
import { textOf } from "@fogline/findings";
import type { SimulationDescription, SimulationReply, SimulationRequest } from "./description.ts";
import { hostDevices, type SimulationHost } from "./host.ts";

// One process that hosts every simulated device of a fog. It ends when its standard input does: with its parent, however that ends.

const say = (reply: SimulationReply) => process.stdout.write(`${JSON.stringify(reply)}\n`);
const complain = (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
  process.stderr.write(`${JSON.stringify({ level: 40, time: Date.now(), name: "simulation", ...fields, msg: message })}\n`);

const inherited = Object.fromEntries(
  ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  }),
);

const answer = async (host: SimulationHost, line: string): Promise<void> => {
  try {
    say(await host.answer(JSON.parse(line) as SimulationRequest));
  } catch (thrown) {
    complain("a line could not be answered", { error: textOf(thrown) });
  }
};

let ending = false;
let host: Promise<SimulationHost> | undefined;
const end = (reason: string) => {
  if (ending) return;
  ending = true;
  Promise.resolve(host)
    .then((running) => running?.stop(reason))
    .catch((thrown) => complain("the simulation did not stop in order", { error: textOf(thrown) }))
    .then(() => process.exit(0));
};
process.on("SIGTERM", () => end("SIGTERM"));
// Ctrl-C reaches the whole process group; the parent decides then, by closing our input.
process.on("SIGINT", () => undefined);
process.stdout.on("error", () => end("the parent ended"));

const lines = createInterface({ input: process.stdin });
lines.on("close", () => end("the parent ended"));
lines.on("line", (line) => {
  if (host !== undefined) {
    void host.then((running) => answer(running, line));
    return;
  }
  const begin = async (): Promise<SimulationHost> => {
    const description = JSON.parse(line) as SimulationDescription;
    const running = await hostDevices(description, inherited, { info: () => undefined, warn: complain });
    say({ ready: true, devices: description.devices.length });
    return running;
  };
  host = begin();
  host.catch((thrown) => {
    complain("the simulation could not start", { error: textOf(thrown) });
    process.exit(1);
  });
});
