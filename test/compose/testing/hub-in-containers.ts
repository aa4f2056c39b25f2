import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hubClient } from "@fogline/cli";
import { root } from "../../../scripts/root.ts";
import { type Docker, startDocker } from "../../images/testing/docker.ts";
import { eventually } from "../../system/testing/eventually.ts";
import { type Fog, serviceNames } from "../../system/testing/fog.ts";
import { giveStandIns, standIns } from "./stand-ins.ts";

/** The services of the compose file. */
export const containerNames = [...serviceNames, "postgres"] as const;
export type ContainerName = (typeof containerNames)[number];

/** The hub as `npm run compose` starts it, against a Docker of its own. */
export interface HubInContainers extends Fog {
  readonly docker: Docker;
  /** The folder of what belongs to this machine alone. */
  readonly local: string;
  /** From the command until it ended, in milliseconds. */
  readonly startedWithinMs: number;
  /** What `npm run compose` does, with the same arguments; what it printed. */
  compose(...args: string[]): string;
  idOf(name: ContainerName): Promise<string>;
  inspect(name: ContainerName, format: string): Promise<string>;
}

/**
 * Starts it. PostgreSQL and NATS are programs of this machine under the names of images. Docker lays bridges and rules of a firewall, so the calling
 * process should have a network namespace of its own.
 */
export const startHubInContainers = async (): Promise<HubInContainers> => {
  const local = mkdtempSync(join(tmpdir(), "fogline-compose-"));
  const docker = await startDocker({ network: "bridge" });
  const compose: HubInContainers["compose"] = (...args) => {
    const env = { PATH: process.env.PATH, HOME: local, ...docker.environment, ...standIns, FOGLINE_LOCAL: local };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/compose.ts"), ...args], { cwd: root, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`npm run compose -- ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  };
  const end = async (): Promise<void> => {
    await docker.stop();
    rmSync(local, { recursive: true, force: true });
  };
  try {
    giveStandIns(docker.environment.DOCKER_HOST);
    const began = performance.now();
    compose();
    const startedWithinMs = performance.now() - began;
    const [token = "", url = ""] = ["admin.token", "hub.url"].map((file) => readFileSync(join(local, "data", file), "utf8").trim());
    const idOf: HubInContainers["idOf"] = (name) =>
      docker.output("ps", "--no-trunc", "--quiet", "--filter", `label=com.docker.compose.service=${name}`);
    return {
      ...{ url, token, client: hubClient({ url, token }), agentPort: 8091, docker, local, startedWithinMs, compose, idOf },
      inspect: async (name, format) => docker.output("inspect", "--format", format, await idOf(name)),
      end: async () => {
        try {
          compose("down", "--volumes");
        } finally {
          await end();
        }
      },
    };
  } catch (thrown) {
    await end();
    throw thrown;
  }
};

/** Ends the container's process without a word, as a crash does, and waits until Docker has started it again. A `docker kill` would be taken for a wish. */
export const crash = async ({ inspect }: HubInContainers, name: ContainerName): Promise<void> => {
  const before = Number(await inspect(name, "{{.RestartCount}}"));
  process.kill(Number(await inspect(name, "{{.State.Pid}}")), "SIGKILL");
  await eventually(`docker has started ${name} again`, async () => Number(await inspect(name, "{{.RestartCount}}")) > before);
};
