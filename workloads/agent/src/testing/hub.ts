import { type AgentSettings, type Execution, type ExecutionReport, FromAgent, type FromHub } from "@fogline/contracts/agent-protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { TestAuthority } from "./authority.ts";
import { nameOf, openIdentityServer } from "./identity-server.ts";

export { openIdentityServer } from "./identity-server.ts";

/** A hub as small as can be, for tests of agents: real WebSockets over mutual TLS, frames checked by the contract, nothing durable. */
export interface TestHub {
  readonly url: string;
  readonly authority: TestAuthority;
  /** A token with which the device of a node enrols. */
  token(nodeId: string): string;
  /** Every frame that arrived, oldest first, with the name in the certificate that its sender showed. */
  readonly frames: { readonly nodeId: string; readonly certificate: string | undefined; readonly frame: FromAgent }[];
  /** What did not fit the contract. There should be nothing. */
  readonly malformed: string[];
  /** Whether reports are acknowledged as they arrive. */
  acknowledging: boolean;
  settings: AgentSettings;
  /** The highest sequence acknowledged per node. */
  readonly acknowledged: Map<string, number>;
  connected(nodeId: string): boolean;
  send(nodeId: string, frame: FromHub): void;
  /** Cuts the connection of a node without a closing handshake. */
  cut(nodeId: string): void;
  /** Waits until something is found, looking again after each frame, connection and disconnection. */
  until<Value>(look: () => Value | undefined | false, what: string): Promise<Value>;
  framesOf<Type extends FromAgent["type"]>(type: Type, nodeId?: string): Extract<FromAgent, { type: Type }>[];
  reportsOf(executionId: string): ExecutionReport[];
  finished(executionId: string): Promise<ExecutionReport>;
  close(): Promise<void>;
}

const patienceMs = 15_000;

/** An execution with limits that nothing ordinary meets. */
export const executionOf = (executionId: string, command: readonly string[], changes: Partial<Execution> = {}): Execution => ({
  executionId,
  taskId: executionId.replace(/\.\d+$/, ""),
  attempt: 1,
  command: [...command],
  env: {},
  cpuCores: 1,
  memoryBytes: 256 * 1024 * 1024,
  processesMax: 32,
  timeoutMs: null,
  outputBytesMax: 10_000,
  restart: "never",
  ...changes,
});

/** With the authority of another hub, its agents need not enrol again. */
export const openTestHub = async (authority?: TestAuthority): Promise<TestHub> => {
  const identities = await openIdentityServer(authority);
  const server = new WebSocketServer({ server: identities.server });
  const sockets = new Map<string, WebSocket>();
  const looks = new Set<() => void>();
  const changed = () => {
    for (const look of looks) look();
  };

  const hub: TestHub = {
    url: `wss://127.0.0.1:${identities.port}/agent`,
    authority: identities.authority,
    token: (nodeId) => identities.token(nodeId),
    frames: [],
    malformed: [],
    acknowledging: true,
    settings: { heartbeatMs: 30_000, sampleMs: null, tasksMax: 8 },
    acknowledged: new Map(),
    connected: (nodeId) => sockets.has(nodeId),
    send: (nodeId, frame) => sockets.get(nodeId)?.send(JSON.stringify(frame)),
    cut: (nodeId) => sockets.get(nodeId)?.terminate(),
    until: (look, what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          looks.delete(attempt);
          reject(new Error(`waited in vain until ${what}; last frames: ${JSON.stringify(hub.frames.slice(-5))}`));
        }, patienceMs);
        const attempt = () => {
          const found = look();
          if (found === undefined || found === false) return;
          clearTimeout(timer);
          looks.delete(attempt);
          resolve(found);
        };
        looks.add(attempt);
        attempt();
      }),
    framesOf: <Type extends FromAgent["type"]>(type: Type, nodeId?: string) =>
      hub.frames
        .filter((entry) => nodeId === undefined || entry.nodeId === nodeId)
        .map(({ frame }) => frame)
        .filter((frame): frame is Extract<FromAgent, { type: Type }> => frame.type === type),
    reportsOf: (executionId) => hub.framesOf("report").flatMap(({ report }) => (report.executionId === executionId ? [report] : [])),
    finished: (executionId) => hub.until(() => hub.reportsOf(executionId).find(({ status }) => status === "finished"), `${executionId} finished`),
    close: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      return identities.close();
    },
  };

  server.on("connection", (socket, request) => {
    const nodeId = new URL(request.url ?? "/", "ws://hub").searchParams.get("node") ?? "";
    const certificate = nameOf(request);
    const send = (frame: FromHub) => socket.send(JSON.stringify(frame));
    sockets.set(nodeId, socket);
    const receive = (frame: FromAgent) => {
      if (frame.type === "hello") {
        send({ type: "welcome", hubVersion: "test", timeMs: 0, settings: hub.settings, acknowledged: hub.acknowledged.get(nodeId) ?? 0 });
      }
      if (frame.type === "report" && hub.acknowledging) {
        hub.acknowledged.set(nodeId, Math.max(hub.acknowledged.get(nodeId) ?? 0, frame.sequence));
        send({ type: "ack", sequence: frame.sequence });
      }
      hub.frames.push({ nodeId, certificate, frame });
    };
    socket.on("message", (data) => {
      const parsed = FromAgent.safeParse(JSON.parse(data.toString()));
      if (parsed.success) receive(parsed.data);
      else hub.malformed.push(data.toString());
      changed();
    });
    socket.on("close", () => {
      if (sockets.get(nodeId) === socket) sockets.delete(nodeId);
      changed();
    });
    changed();
  });
  return hub;
};
