import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { engineSettings, findContainerEngine } from "../runner/container.ts";

const run = promisify(execFile);

/** A real Docker daemon that answers, and a static program to make an image of. */
export interface RealEngine {
  readonly environment: Readonly<Record<string, string>>;
  /** Asks the engine's client; throws when it refuses. */
  docker(...words: readonly string[]): Promise<string>;
  /** Makes an image of nothing but a shell and its commands. Nothing is fetched. */
  makeImage(name: string): Promise<void>;
}

const programs = ["/bin/busybox", "/usr/bin/busybox"];
const commands = ["sh", "cat", "env", "head", "id", "ls", "sleep", "tail"];
const interpreterSegment = 3;

/** Whether a 64-bit little-endian ELF program needs no loader: none of its segments names one (elf(5)). */
const isStatic = (program: Buffer): boolean => {
  if (program.length < 64 || program.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") return false;
  const [start, size, count] = [Number(program.readBigUInt64LE(32)), program.readUInt16LE(54), program.readUInt16LE(56)];
  return !Array.from({ length: count }, (_, index) => program.readUInt32LE(start + index * size)).includes(interpreterSegment);
};

const findProgram = async (): Promise<string | undefined> => {
  for (const path of programs) {
    const program = await readFile(path).catch(() => undefined);
    if (program !== undefined && isStatic(program)) return path;
  }
  return undefined;
};

/** Finds what tests of real containers need, or says what is missing. */
export const findRealEngine = async (settings: NodeJS.ProcessEnv): Promise<RealEngine | string> => {
  const names = ["PATH", "HOME", ...engineSettings];
  const environment = Object.fromEntries(names.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
  const engine = await findContainerEngine(environment.PATH ?? "", environment.DOCKER_HOST);
  if (engine?.name !== "docker") return "no Docker daemon";
  const docker = async (...words: readonly string[]): Promise<string> =>
    (await run(engine.binary, words, { env: environment, timeout: 30_000 })).stdout.trim();
  const answers = await docker("version", "--format", "{{.Server.Version}}").catch(() => "");
  if (answers === "") return "the Docker daemon does not answer";
  const program = await findProgram();
  if (program === undefined) return "no static busybox to make an image of";
  const makeImage = async (name: string): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), "fogline-image-"));
    const root = join(folder, "root");
    await mkdir(join(root, "bin"), { recursive: true });
    await copyFile(program, join(root, "bin/busybox"));
    for (const command of commands) await symlink("busybox", join(root, "bin", command));
    await run("tar", ["-C", root, "-cf", join(folder, "image.tar"), "."]);
    await docker("import", join(folder, "image.tar"), name);
    await rm(folder, { recursive: true, force: true });
  };
  return { environment, docker, makeImage };
};
