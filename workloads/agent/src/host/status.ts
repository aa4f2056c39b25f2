import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Agent } from "../agent.ts";

const line = (name: string, kind: "gauge" | "counter", help: string, value: number): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name} ${value}\n`;

/** The agent's own figures in the Prometheus text format. */
export const metricsText = (agent: Agent): string => {
  const { executions, pendingReports, heartbeats, connections } = agent.figures();
  return [
    line("fogline_agent_connected", "gauge", "1 while the hub has welcomed this agent.", agent.connected() ? 1 : 0),
    line("fogline_agent_executions", "gauge", "Executions accepted or running.", executions),
    line("fogline_agent_reports_pending", "gauge", "Reports that the hub has not acknowledged.", pendingReports),
    line("fogline_agent_heartbeats_total", "counter", "Heartbeats sent.", heartbeats),
    line("fogline_agent_connections_total", "counter", "Connections that the hub welcomed.", connections),
    line("process_resident_memory_bytes", "gauge", "Resident memory.", process.memoryUsage.rss()),
  ].join("");
};

/**
 * Answers /healthz and /metrics on a Unix socket. The agent is healthy while it works, with or without the hub; whether it is connected is a
 * metric. Resolves to how to close it; rejects when the socket cannot be made.
 */
export const serveStatus = (socketPath: string, agent: Agent): Promise<() => Promise<void>> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      if (request.url === "/healthz") response.end("ok\n");
      else if (request.url === "/metrics") response.setHeader("content-type", "text/plain; version=0.0.4").end(metricsText(agent));
      else response.writeHead(404).end("there are /healthz and /metrics\n");
    });
    server.once("error", reject);
    // What an agent that was killed left behind; the folder's lock says that it is gone.
    rmSync(socketPath, { force: true });
    server.listen(socketPath, () => {
      server.unref();
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      );
    });
  });
