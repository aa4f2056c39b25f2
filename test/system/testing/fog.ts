import { spawnSync } from "node:child_process";
import { type HubClient, hubClient } from "@fogline/cli";
import { makeDataFolder, removeDataFolder, startHubProcess } from "./hub.ts";
import type { Repository } from "./repository.ts";

/** The parts of a hub that run as processes of their own, and the server that joins them. */
export const serviceNames = ["gateway", "orchestrator", "scheduler", "policy", "nats"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A fog as the scenarios see it: from outside, whatever it is made of. */
export interface Fog {
  readonly url: string;
  readonly token: string;
  readonly client: HubClient;
  /** Where agents connect, on this machine. */
  readonly agentPort: number;
  /** Ends a part without a word and starts it again; undefined where there are no parts. */
  readonly restart?: (service: ServiceName) => Promise<void>;
  end(): Promise<void>;
}

/** How often agents report in the fogs that tests start. */
export const heartbeatMs = 1_000;

/** The hub of one process: `fogline up` without devices of its own. */
export const startEmbedded = async (repository: Repository, agentPort: number): Promise<Fog> => {
  const dataFolder = makeDataFolder();
  const args = ["--no-simulate", "--no-agent", "--agent-port", String(agentPort)];
  const hub = await startHubProcess({ repository: repository.path, dataFolder, args });
  return {
    ...{ url: hub.url, token: hub.token, client: hub.client, agentPort },
    end: async () => {
      await hub.end();
      removeDataFolder(dataFolder);
    },
  };
};

/**
 * A fog that somebody else started, in containers for example: FOGLINE_FOG_URL is its gateway, FOGLINE_FOG_TOKEN the host's token,
 * FOGLINE_FOG_AGENT_PORT the agents' port on this machine, and FOGLINE_FOG_RESTART, if given, a command that restarts the service whose name is put
 * behind it, like `docker compose restart --timeout 0`. Its fleet declares pi-1 and pi-2. Undefined without FOGLINE_FOG_URL.
 */
export const givenFog = (): Fog | undefined => {
  const {
    FOGLINE_FOG_URL: url,
    FOGLINE_FOG_TOKEN: token = "",
    FOGLINE_FOG_AGENT_PORT: agentPort = "8091",
    FOGLINE_FOG_RESTART: command,
  } = process.env;
  if (url === undefined) return undefined;
  return {
    ...{ url, token, client: hubClient({ url, token }), agentPort: Number(agentPort) },
    ...(command === undefined
      ? {}
      : {
          restart: async (service) => {
            const { status, stderr } = spawnSync("sh", ["-c", `${command} "$1"`, "sh", service], { encoding: "utf8" });
            if (status !== 0) throw new Error(`${command} ${service} failed:\n${stderr}`);
          },
        }),
    end: async () => undefined,
  };
};
