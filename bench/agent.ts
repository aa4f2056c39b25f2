import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleAgent } from "@fogline/agent/bundle";
import { type AgentHub, openAgentHub } from "./agent-hub.ts";
import { type Bench, type BenchOptions, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { memoryFigures, processorMs } from "./process-facts.ts";
import { type Program, startNode, startProgram, withFolder } from "./programs.ts";

const hourMs = 3_600_000;

/** A connection that does nothing but answer pings. */
const bareClient = (url: string): string => `import { WebSocket } from "ws";
const socket = new WebSocket(${JSON.stringify(url)}, { rejectUnauthorized: false });
socket.on("open", () => { socket.send(JSON.stringify({ type: "hello" })); console.log("ready"); });
socket.on("message", (text) => { const { type, id } = JSON.parse(text); if (type === "ping") socket.send(JSON.stringify({ type: "pong", id })); });`;

interface Subject {
  readonly what: string;
  readonly nodeId: string;
  readonly start: () => Promise<Program>;
}

/** An agent with nothing set but who it is and where its hub is. It says nothing when it is ready: the hub's hello does. */
const startAgent = (hub: AgentHub, main: string, nodeId: string, folder: string): Promise<Program> =>
  startProgram({
    command: [process.execPath, main],
    environment: {
      FOGLINE_AGENT_NODE_ID: nodeId,
      FOGLINE_AGENT_HUB_URL: hub.url,
      FOGLINE_AGENT_ENROLMENT_TOKEN: hub.token(nodeId),
      FOGLINE_AGENT_DATA_FOLDER: join(folder, nodeId),
    },
  });

const measure = async (hub: AgentHub, subjects: readonly Subject[], { settleMs, windowMs, say }: BenchOptions): Promise<Figure[]> => {
  const figures: Figure[] = [];
  const running: { subject: Subject; program: Program }[] = [];
  for (const subject of subjects) {
    const started = performance.now();
    const hello = hub.hello(subject.nodeId);
    const program = await subject.start();
    running.push({ subject, program });
    const saidMs = await Promise.race([hello, program.died]);
    figures.push({ what: `${subject.what}: start to hello at the hub`, unit: "ms", value: saidMs - started });
  }
  await sleep(settleMs);
  say(`idle for ${windowMs / 1_000} s`);
  const before = running.map(({ subject, program }) => ({ processorMs: processorMs(program.pid), bytes: hub.bytes(subject.nodeId) }));
  const started = performance.now();
  const processes = Object.fromEntries(running.map(({ subject, program }) => [subject.what, program.pid]));
  const memory = await memoryFigures(processes, windowMs);
  const tookMs = performance.now() - started;
  for (const [index, { subject, program }] of running.entries()) {
    const then = before[index] ?? { processorMs: 0, bytes: 0 };
    const cpu = ((processorMs(program.pid) - then.processorMs) / tookMs) * 100;
    const bytesPerHour = ((hub.bytes(subject.nodeId) - then.bytes) / tookMs) * hourMs;
    figures.push(...memory.filter(({ what }) => what.startsWith(`${subject.what}: `)));
    figures.push({ what: `${subject.what}: processor, of one core`, unit: "%", value: cpu });
    figures.push({ what: `${subject.what}: idle traffic an hour, both ways`, unit: "KiB", value: bytesPerHour / 1_024 });
  }
  verify(hub.malformed.length === 0, `frames that the protocol does not know: ${hub.malformed.join(" ")}`);
  await Promise.all(running.map(({ program }) => program.end()));
  return figures;
};

/** The agent as a process: its memory, what it does when nothing happens, and how soon it is there. */
export const agent: Bench = {
  about: "the agent with shipped settings at a hub that welcomes it and pings it every 2 s",
  defaults: { windowS: 60 },
  run: (options) =>
    withFolder(async (folder) => {
      const hub = await openAgentHub();
      await bundleAgent(join(folder, "bundle"));
      const subject = (what: string, nodeId: string, main: string): Subject => ({
        what,
        nodeId,
        start: () => startAgent(hub, main, nodeId, folder),
      });
      try {
        return await measure(
          hub,
          [
            subject("agent, bundle", "bundle", join(folder, "bundle/agent.mjs")),
            subject("agent, sources", "sources", "workloads/agent/src/main.ts"),
            { what: "compared: node with ws connected", nodeId: "bare", start: () => startNode(bareClient(`${hub.url}?node=bare`)) },
          ],
          options,
        );
      } finally {
        await hub.close();
      }
    }),
};
