import { spawn } from "node:child_process";
import type { Clock } from "@fogline/ports";
import type { Running } from "@fogline/service";
import { logFile } from "./log-file.ts";
import { agentProgram, leanNode } from "./programs.ts";

export interface AgentProcessOptions {
  readonly nodeId: string;
  readonly hubUrl: string;
  /** A one-time token, where the agent has no identity in its data folder yet. */
  readonly token: string | undefined;
  readonly dataFolder: string;
  readonly logFile: string;
  /** From the agent's manifest. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** How long an agent has to end what it runs; then it is killed. */
const stopMs = 3_000;

/** This machine's agent as a process of its own. It ends when this process does: its standard input closes then. */
export const startAgentProcess = ({
  environment,
  clock,
  ...options
}: AgentProcessOptions): Pick<Running, "stop" | "stopped"> & { readonly pid: number } => {
  const log = logFile(options.logFile);
  const child = spawn(process.execPath, [...leanNode, agentProgram()], {
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own: Ctrl-C reaches the hub alone, which then ends its agent in order.
    detached: true,
    env: {
      ...pathOnly(process.env),
      ...environment,
      FOGLINE_AGENT_NODE_ID: options.nodeId,
      FOGLINE_AGENT_HUB_URL: options.hubUrl,
      ...(options.token === undefined ? {} : { FOGLINE_AGENT_ENROLMENT_TOKEN: options.token }),
      FOGLINE_AGENT_DATA_FOLDER: options.dataFolder,
      // Here it belongs to the hub and ends with it, whatever it is in a cluster.
      FOGLINE_AGENT_AS_SERVICE: "false",
    },
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (lines: Buffer) => log.write(lines.toString()));
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  child.once("close", () => {
    log.end();
    resolve();
  });
  child.once("error", () => resolve());
  child.stdin.on("error", () => undefined);
  return {
    pid: child.pid ?? 0,
    stopped,
    stop: async () => {
      child.kill("SIGTERM");
      child.stdin.end();
      const cancel = clock.after(stopMs, () => child.kill("SIGKILL"));
      await stopped;
      cancel();
    },
  };
};

/** How a container runtime's client finds its engine. */
const containerEngine = ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"];

/** What an agent needs of this process's environment; no setting of ours leaks into the tasks it runs. */
const pathOnly = (environment: NodeJS.ProcessEnv): Record<string, string> => {
  const passed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_COMPILE_CACHE", ...containerEngine];
  return Object.fromEntries(passed.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])));
};
