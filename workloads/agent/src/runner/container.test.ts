import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessEnd } from "../ports.ts";
import { executionOf } from "../testing/hub.ts";
import { containerArguments, findContainerEngine } from "./container.ts";
import { refusalOf } from "./containers.ts";
import { processRunner } from "./processes.ts";

const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fogline-container-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that stands for the engine's client: it writes down what it is asked, and does what the test says for each verb. */
const engineThat = async (verbs: Readonly<Record<string, string>>): Promise<string> => {
  const binary = join(folder, "docker");
  const cases = Object.entries(verbs).map(([verb, script]) => `${verb}) ${script} ;;`);
  await writeFile(binary, `#!/bin/sh\necho "$*" >> ${folder}/asked\ncase $1 in\n${cases.join("\n")}\nesac\n`);
  await chmod(binary, 0o755);
  return binary;
};
const asked = async (): Promise<string[]> => (await readFile(join(folder, "asked"), "utf8")).trimEnd().split("\n");

/** Whether the image of a container is found on the device, before anything is fetched. */
const foundBy = async (verbs: Readonly<Record<string, string>>): Promise<boolean | undefined> => {
  const binary = await engineThat({ run: "exit 0", ...verbs });
  const runner = await processRunner({ folder: join(folder, "work"), environment, containerEngine: { name: "docker", binary } });
  const prepared = await runner.prepare(executionOf("t1.1", ["echo", "hi"], { image: "alpine:3" }), "bench-1");
  if (!prepared.ok) throw new Error(prepared.message);
  const { imagePresent } = prepared.process;
  prepared.process.release();
  await prepared.process.ended;
  await runner.close();
  return imagePresent;
};

const runWith = async (verbs: Readonly<Record<string, string>>, engineEnvironment = {}): Promise<ProcessEnd> => {
  const binary = await engineThat(verbs);
  const runner = await processRunner({ folder: join(folder, "work"), environment, containerEngine: { name: "docker", binary }, engineEnvironment });
  const prepared = await runner.prepare(executionOf("t1.1", ["echo", "hi"], { image: "alpine:3", env: { A: "b c" } }), "bench-1");
  if (!prepared.ok) throw new Error(prepared.message);
  expect(prepared.process.trace.container).toEqual({ engine: binary, name: "fogline-t1.1" });
  prepared.process.release();
  const end = await prepared.process.ended;
  await runner.close();
  return end;
};

describe("the arguments of a container", () => {
  const text = containerArguments(
    executionOf("t1.1", ["echo", "hi"], { image: "alpine:3", cpuCores: 0.5, memoryBytes: 1000, processesMax: 7 }),
    { A: "b" },
    "here:/work",
  ).join(" ");

  it("pass the limits in the engine's words, and the command in place of the image's own", () => {
    expect(text).toContain("--memory 1000 --memory-swap 1000 --cpu-period 100000 --cpu-quota 50000 --pids-limit 7");
    expect(text).toContain("--env A=b");
    expect(text.endsWith("--entrypoint echo alpine:3 hi")).toBe(true);
  });

  it("name the container and its owner, keep it until it was asked how it ended, and let the engine write no log", () => {
    expect(text.startsWith("run --name fogline-t1.1 --label fogline.agent=here:/work --log-driver none ")).toBe(true);
    expect(text).not.toContain("--rm");
  });
});

describe("an execution in a container", () => {
  it("is removed with its volumes when it ended, and so is whatever else its agent left, at start and end", async () => {
    const end = await runWith({ run: "echo out; echo err >&2", ps: 'echo "left1\nleft2"' });
    expect(end).toMatchObject({ outcome: "exited", exitCode: 0, stdout: "out\n", stderr: "err\n" });
    const verbs = (await asked()).map((line) => line.replace(/label=.*/, "label").replace(/^run .*/, "run"));
    const sweep = ["ps --all --quiet --filter label", "rm --force --volumes left1 left2"];
    expect(verbs).toEqual([...sweep, "image inspect --format {{.Id}} alpine:3", "run", "rm --force --volumes fogline-t1.1", ...sweep]);
  });

  it("says whether its image was on the device before it was fetched", async () => {
    expect(await foundBy({ image: "echo sha256:1" })).toBe(true);
    expect(await foundBy({ image: "exit 1" })).toBe(false);
  });

  it("ran out of memory when the engine says so, whatever code the client gives", async () => {
    const end = await runWith({ run: "exit 137", container: 'echo "2026-01-01T00:00:00Z|true"' });
    expect(end).toMatchObject({ outcome: "out-of-memory", exitCode: null });
  });

  it("exited with its own code when its command ran, also with a code by which clients refuse", async () => {
    const end = await runWith({ run: "exit 125", container: 'echo "2026-01-01T00:00:00Z|false"' });
    expect(end).toMatchObject({ outcome: "exited", exitCode: 125 });
  });

  it("could not start when its command never ran", async () => {
    const end = await runWith({ run: "echo 'docker: no such file' >&2; exit 127", container: 'echo "0001-01-01T00:00:00Z|false"' });
    expect(end).toMatchObject({ outcome: "could-not-start", exitCode: null, message: 'docker could not start image "alpine:3": no such file' });
  });

  it("could not start when there is no container and the client refused; a client that was lost otherwise gives its code", async () => {
    expect(await runWith({ run: "exit 125", container: "exit 1" })).toMatchObject({ outcome: "could-not-start" });
    expect(await runWith({ run: "exit 4", container: "exit 1" })).toMatchObject({ outcome: "exited", exitCode: 4 });
  });

  it("gets the task's environment only by its arguments, and the engine's settings not at all", async () => {
    const end = await runWith({ run: 'env; echo "$*"' }, { DOCKER_HOST: "unix:///elsewhere.sock" });
    expect(end.stdout).toContain("DOCKER_HOST=unix:///elsewhere.sock");
    expect(end.stdout).not.toContain("\nA=b c");
    expect(end.stdout).toContain("--env A=b c");
    expect(end.stdout).not.toContain("--env DOCKER_HOST");
  });
});

describe("why an engine could not run an image", () => {
  const docker = { name: "docker", binary: "/usr/bin/docker" } as const;

  it("says that the image is missing and why it could not be fetched", () => {
    const written = `Unable to find image 'a:1' locally
docker: Error response from daemon: Get "https://registry/v2/": no such host

Run 'docker run --help' for more information
`;
    expect(refusalOf(docker, "a:1", written, false)).toBe(
      'image "a:1" is not on this device, and docker could not fetch it: Get "https://registry/v2/": no such host',
    );
  });

  it("gives the engine's own reason for anything else, without advice for those who type commands", () => {
    const written = "docker: Error response from daemon: Minimum memory limit allowed is 6MB.\nSee 'docker run --help'.\n";
    expect(refusalOf(docker, "a:1", written, false)).toBe('docker could not start image "a:1": Minimum memory limit allowed is 6MB.');
    expect(refusalOf({ ...docker, name: "podman" }, "a:1", "Error: no space left\n", true)).toBe('podman could not start image "a:1": no space left');
    expect(refusalOf(docker, "a:1", "", false)).toBe('docker could not start image "a:1": it gave no reason');
  });
});

describe("the container engine of a device", () => {
  it("is Docker where its socket is, or where DOCKER_HOST says; a socket that is not there does not count", async () => {
    const binary = await engineThat({});
    const socket = join(folder, "docker.sock");
    await writeFile(socket, "");
    const docker = { name: "docker", binary };
    expect(await findContainerEngine(folder, "", [socket])).toEqual(docker);
    expect(await findContainerEngine(folder, `unix://${socket}`, [])).toEqual(docker);
    expect(await findContainerEngine(folder, "tcp://10.0.0.2:2376", [])).toEqual(docker);
    expect(await findContainerEngine(folder, `unix://${folder}/other.sock`, [socket])).toBeUndefined();
    expect(await findContainerEngine(folder, "", [])).toBeUndefined();
  });

  it("is Podman where Docker does not listen", async () => {
    const podman = join(folder, "podman");
    await writeFile(podman, "#!/bin/sh\n");
    await chmod(podman, 0o755);
    await engineThat({});
    expect(await findContainerEngine(folder, "", [])).toEqual({ name: "podman", binary: podman });
  });
});
