import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Execution } from "@fogline/contracts/agent-protocol";

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

const dockerSockets = ["/var/run/docker.sock", "/run/docker.sock"];

/** Docker counts when its daemon listens; Podman needs none. */
export const findContainerEngine = async (path: string, sockets: readonly string[] = dockerSockets): Promise<ContainerEngine | undefined> => {
  const docker = await findExecutable("docker", path);
  if (docker !== undefined) {
    for (const socket of sockets) {
      if (
        await access(socket).then(
          () => true,
          () => false,
        )
      )
        return { name: "docker", binary: docker };
    }
  }
  const podman = await findExecutable("podman", path);
  return podman === undefined ? undefined : { name: "podman", binary: podman };
};

/** The name of an execution's container: unique on the device, and within the letters that both engines take. */
export const containerName = (executionId: string): string => `fogline-${executionId.replaceAll(/[^a-zA-Z0-9_.-]/g, "-")}`;

/** The arguments that run an execution in a container with its limits. The image's own entry point is replaced by the command. */
export const containerArguments = (execution: Execution, environment: Readonly<Record<string, string>>): readonly string[] => [
  "run",
  "--rm",
  "--name",
  containerName(execution.executionId),
  "--memory",
  String(execution.memoryBytes),
  "--memory-swap",
  String(execution.memoryBytes),
  "--cpus",
  String(execution.cpuCores),
  "--pids-limit",
  String(execution.processesMax),
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
