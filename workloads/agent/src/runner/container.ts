import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Execution } from "@fogline/contracts/agent-protocol";
import { periodMicros, quotaMicros } from "./control-groups.ts";

/** The container program of this device: its client binary, and the name it goes by. */
export interface ContainerEngine {
  readonly name: "docker" | "podman";
  readonly binary: string;
}

/** The first executable of that name in a search path, or the name itself when it is a path. Undefined when there is none. */
export const findExecutable = async (name: string, path: string, folder = "/"): Promise<string | undefined> => {
  const candidates = name.includes("/")
    ? [name.startsWith("/") ? name : join(folder, name)]
    : path.split(delimiter).map((place) => join(place, name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here.
    }
  }
  return undefined;
};

/** What tells an engine's client where its engine is. For the client alone: a command that had it could command the engine. */
export const engineSettings = ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"] as const;

const dockerSockets = ["/var/run/docker.sock", "/run/docker.sock"];

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Docker counts when its daemon's socket exists, or when `dockerHost` names a daemon elsewhere; Podman needs none. */
export const findContainerEngine = async (
  path: string,
  dockerHost = "",
  sockets: readonly string[] = dockerSockets,
): Promise<ContainerEngine | undefined> => {
  const docker = await findExecutable("docker", path);
  const places = dockerHost.startsWith("unix://") ? [dockerHost.slice("unix://".length)] : sockets;
  const elsewhere = dockerHost !== "" && !dockerHost.startsWith("unix://");
  if (docker !== undefined && (elsewhere || (await Promise.all(places.map(exists))).includes(true))) return { name: "docker", binary: docker };
  const podman = await findExecutable("podman", path);
  return podman === undefined ? undefined : { name: "podman", binary: podman };
};

/** The name of an execution's container: unique on the device, and within the letters that both engines take. */
export const containerName = (executionId: string): string => `fogline-${executionId.replaceAll(/[^a-zA-Z0-9_.-]/g, "-")}`;

/** Marks the containers of one agent, so that it finds what an earlier process of it left. */
export const ownerLabel = "fogline.agent";

/**
 * The arguments that run an execution in a container with its limits. The image's own entry point is replaced by the command. The container
 * stays when it ends, because what ended it is asked of it then. The engine keeps no log: one would fill the disk, whatever the output's limit.
 */
export const containerArguments = (execution: Execution, environment: Readonly<Record<string, string>>, owner: string): readonly string[] => [
  "run",
  "--name",
  containerName(execution.executionId),
  "--label",
  `${ownerLabel}=${owner}`,
  "--log-driver",
  "none",
  "--memory",
  String(execution.memoryBytes),
  "--memory-swap",
  String(execution.memoryBytes),
  // Not --cpus, which Docker refuses above what the machine has.
  "--cpu-period",
  String(periodMicros),
  "--cpu-quota",
  String(quotaMicros(execution.cpuCores)),
  "--pids-limit",
  String(execution.processesMax),
  "--oom-score-adj",
  "500",
  "--network",
  "bridge",
  "--security-opt",
  "no-new-privileges",
  "--cap-drop",
  "ALL",
  ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
  "--entrypoint",
  execution.command[0] ?? "",
  execution.image ?? "",
  ...execution.command.slice(1),
];
