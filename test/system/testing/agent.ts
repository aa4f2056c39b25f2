import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { HubClient } from "@fogline/cli";
import { createEnrolment } from "@fogline/contracts";
import { root } from "../../../scripts/root.ts";

/** An agent in a process of its own that goes on without a hub, as it runs on a device. */
export interface AgentProcess {
  readonly nodeId: string;
  readonly child: ChildProcess;
  /** Sends a signal and waits for the end. Does nothing to one that has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface AgentProcessOptions {
  readonly nodeId: string;
  /** Of the hub that declared the node: it makes the token with which an agent enrols that starts for the first time. */
  readonly client: HubClient;
  readonly agentPort: number;
  /** The agent's own; one that starts again goes on with it. */
  readonly dataFolder: string;
  /** Over what it has by itself. */
  readonly environment?: Readonly<Record<string, string>>;
}

const main = join(root, "workloads/agent/src/main.ts");

export const startAgentService = async ({ nodeId, client, agentPort, dataFolder, environment = {} }: AgentProcessOptions): Promise<AgentProcess> => {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const folder = join(dataFolder, nodeId);
  const enrolled = existsSync(join(folder, "identity.json"));
  const token =
    enrolled || environment.FOGLINE_AGENT_ENROLMENT_TOKEN !== undefined
      ? {}
      : { FOGLINE_AGENT_ENROLMENT_TOKEN: (await client.call(createEnrolment, { id: nodeId })).token };
  const child = spawn(process.execPath, [main], {
    cwd: root,
    stdio: "ignore",
    env: {
      PATH,
      ...(NODE_COMPILE_CACHE === "" ? {} : { NODE_COMPILE_CACHE }),
      FOGLINE_AGENT_NODE_ID: nodeId,
      FOGLINE_AGENT_HUB_URL: `wss://127.0.0.1:${agentPort}/agent`,
      ...token,
      FOGLINE_AGENT_DATA_FOLDER: folder,
      FOGLINE_AGENT_AS_SERVICE: "true",
      FOGLINE_AGENT_RETRY_MS_MAX: "500",
      // The tests beside this one keep the CPU busy: that is not what holds executions back here.
      FOGLINE_AGENT_CPU_PERCENT_MAX: "100",
      FOGLINE_AGENT_DISK_PERCENT_MAX: "100",
      ...environment,
    },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    nodeId,
    child,
    end: async (signal = "SIGTERM") => {
      child.kill(signal);
      await ended;
    },
  };
};

/** A port of the loopback that nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address === null || typeof address === "string" ? reject(new Error("no port")) : resolve(address.port)));
    });
  });
