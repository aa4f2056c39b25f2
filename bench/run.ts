/** `npm run bench`: measures, and prints what it found with the machine it found it on. `npm run bench -- start` runs one bench. */
import { parseArgs } from "node:util";
import { agent } from "./agent.ts";
import type { Bench } from "./bench.ts";
import { bootstrap } from "./bootstrap.ts";
import { cluster } from "./cluster.ts";
import { compose } from "./compose.ts";
import { edgeStack } from "./edge-stack.ts";
import { events } from "./events.ts";
import { type Figure, rowsOf, tableOf } from "./figures.ts";
import { gateway } from "./gateway.ts";
import { images } from "./images.ts";
import { load, machineLines, quietLoad } from "./machine.ts";
import { placement } from "./placement.ts";
import { render } from "./render.ts";
import { start } from "./start.ts";
import { tasks } from "./tasks.ts";

const benches: Readonly<Record<string, Bench>> = {
  start,
  events,
  tasks,
  agent,
  placement,
  gateway,
  render,
  images,
  compose,
  bootstrap,
  "edge-stack": edgeStack,
  ...cluster,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string" },
    settle: { type: "string", default: "10" },
    window: { type: "string" },
    changes: { type: "string", default: "20" },
  },
});
/** A name stands for the bench of that name and for those that begin with it, as `cluster` does for `cluster-push`. */
const namedBy = (name: string): string[] => Object.keys(benches).filter((bench) => bench === name || bench.startsWith(`${name}-`));
const names = positionals.length > 0 ? positionals.flatMap(namedBy) : Object.keys(benches);
const unknown = positionals.find((name) => namedBy(name).length === 0);
const numbers = [values.runs, values.settle, values.window, values.changes].flatMap((text) => (text === undefined ? [] : [Number(text)]));
if (unknown !== undefined || !numbers.every((number) => number >= 1)) {
  console.error(
    `${unknown === undefined ? "an option needs a number" : `no bench "${unknown}"`}. usage: npm run bench -- [${Object.keys(benches).join("] [")}]`,
  );
  console.error(
    "  --runs <n>  times that each is measured (3; cluster 1)   --settle <s>  before samples (10)   --window <s>  of samples and load (10; agent 60, cluster 300)   --changes <n>  that cluster-push pushes (20)",
  );
  process.exit(2);
}

const say = (text: string): void => void (process.stderr.isTTY && process.stderr.write(`  ${text}\n`));

console.log(`${machineLines().join("\n")}\nsettings  as shipped, ports apart\n`);
for (const name of names) {
  const bench = benches[name];
  if (bench === undefined) continue;
  const missing = bench.missing?.();
  if (missing !== undefined) {
    console.log(`## ${name}\n\ndid not run: ${missing}\n`);
    continue;
  }
  const runs = Number(values.runs ?? bench.defaults?.runs ?? 3);
  const windowMs = Number(values.window ?? bench.defaults?.windowS ?? 10) * 1_000;
  const found: (readonly Figure[])[] = [];
  const loads: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    loads.push(load());
    found.push(await bench.run({ settleMs: Number(values.settle) * 1_000, windowMs, changes: Number(values.changes), say }));
  }
  const noisy = loads.some((value) => value > quietLoad) ? `, noisy: above ${quietLoad}` : "";
  console.log(`## ${name}: ${bench.about}\n\nload average before each run: ${loads.map((value) => value.toFixed(1)).join(", ")}${noisy}\n`);
  console.log(`${tableOf(rowsOf(found))}\n`);
}
process.exit(0);
