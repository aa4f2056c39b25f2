import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageName } from "../../../images/sources.ts";
import { eventually } from "../../system/testing/eventually.ts";
import type { Place } from "./place.ts";
import { configMapOf, dockerArguments, podOf } from "./pod.ts";

/** The images that answer probes. */
export const services = ["gateway", "orchestrator", "policy", "scheduler"] as const;
export type ServiceName = Extract<ImageName, (typeof services)[number]>;

export const rootKey = randomBytes(32).toString("base64url");
/** What Secrets of the tree bring that a service cannot start without. None has the login of a NATS server here, so each is alone. */
const given: Readonly<Partial<Record<ServiceName, readonly string[]>>> = { gateway: [`ROOT_KEY=${rootKey}`] };

export const environment = (pairs: readonly string[]): string[] => pairs.flatMap((pair) => ["--env", pair]);

/** The arguments of `docker run` for a service, as the rendered tree starts it, without any network. */
export const serviceArguments = (place: Place, name: ServiceName): string[] => {
  const app = `clusters/cloud/apps/${name}`;
  const configMap = (of: string): string => {
    const folder = place.folder(of);
    for (const [file, text] of Object.entries(configMapOf(`${app}/configmap-${of}.yaml`))) writeFileSync(join(folder, file), text);
    return folder;
  };
  return [
    ...dockerArguments(podOf(`${app}/deployment-${name}.yaml`), { folder: place.folder(name), configMap }),
    "--network",
    "none",
    ...environment(given[name] ?? []),
  ];
};

/** What an address inside of a container answers: asked by the only program that is in it. */
export const answerIn = async (
  { docker }: Place,
  container: string,
  url: string,
): Promise<{ readonly status: number; readonly body: string } | undefined> => {
  const program = `const answer = await fetch("${url}"); console.log(JSON.stringify({ status: answer.status, body: await answer.text() }));`;
  const { code, stdout } = await docker.run("exec", container, "/nodejs/bin/node", "--input-type=module", "--eval", program);
  return code === 0 ? JSON.parse(stdout) : undefined;
};

const opsUrl = "http://127.0.0.1:9464";
export const probe = async (place: Place, container: string, path: "/healthz" | "/readyz"): Promise<number | undefined> =>
  (await answerIn(place, container, `${opsUrl}${path}`))?.status;

/** Waits until a container has become what `fits` asks. Rejects with what it printed when it ends before. */
export const becomes = (place: Place, container: string, what: string, fits: () => Promise<boolean>): Promise<true> =>
  eventually(what, async () => {
    if ((await place.docker.output("inspect", "--format", "{{.State.Running}}", container)) !== "true") {
      const { stdout, stderr } = await place.docker.run("logs", container);
      throw new Error(`the container ended: ${stdout}${stderr}`);
    }
    return await fits();
  });

/** Tells a container to stop; its exit code. */
export const stopped = async ({ docker }: Place, container: string): Promise<string> => {
  await docker.output("stop", "--time", "30", container);
  return docker.output("inspect", "--format", "{{.State.ExitCode}}", container);
};
