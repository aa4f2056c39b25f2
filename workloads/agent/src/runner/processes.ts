import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve as absolute, join } from "node:path";
import type { Duplex } from "node:stream";
import type { Execution } from "@fogline/contracts/agent-protocol";
import { textOf } from "@fogline/findings";
import type { Preparation, PreparedProcess, ProcessEnd, ProcessTrace, Runner } from "../ports.ts";
import { type ContainerEngine, containerArguments, containerName, findContainerEngine, findExecutable } from "./container.ts";
import { containersOf } from "./containers.ts";
import {
  type ControlGroups,
  findControlGroups,
  joinGroups,
  killGroups,
  makeGroups,
  outOfMemoryKills,
  removeGroups,
  sweepGroups,
} from "./control-groups.ts";
import { openGuardian } from "./guardian.ts";
import { collectOutput, type Output } from "./output.ts";
import { killMarked, machineBoot, sessionHasMembers, signalGroup, startTicksOf, threadsOfUser } from "./traces.ts";

// What precedes every command, in the process that becomes it: it waits until the agent says go, and ends when the agent does before that. An
// execution must be the first to go when memory runs out, not the agent. $1 and $2 are the limits where no control group sets them.
const gate = `
IFS= read -r word <&3 && [ "$word" = go ] || exit 125
exec 3<&-
ulimit -c 0
{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null
[ "$1" = - ] || ulimit -d "$1"
[ "$2" = - ] || ulimit -u "$2" 2>/dev/null || ulimit -p "$2"
shift 2
exec "$@"
`;

export interface RunnerOptions {
  /** Executions get a working folder of their own below this one; it is removed when they end. */
  readonly folder: string;
  /** All that a command inherits: PATH at least. The agent's own settings are not among it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where control groups are looked for; `undefined` finds the machine's, `null` does without. */
  readonly controlGroups?: ControlGroups | null;
  readonly containerEngine?: ContainerEngine | null;
  /** What the engine's client inherits besides, such as DOCKER_HOST. No command sees it. */
  readonly engineEnvironment?: Readonly<Record<string, string>>;
}

/** How long output may still arrive after the last process of an execution ended. */
const drainMs = 2000;

const named = (controllers: readonly string[]): string => (controllers.length === 0 ? "none" : controllers.join(", "));

interface Limited {
  readonly groups: readonly string[];
  readonly arguments: readonly [dataKib: string, processes: string];
  readonly sentence: string;
}

/** Control groups for what they can limit, `ulimit` for memory and processes where they cannot. */
const limit = async (found: ControlGroups | undefined, name: string, execution: Execution): Promise<Limited> => {
  const held = found?.controllers ?? [];
  const groups = found === undefined ? [] : await makeGroups(found, name, execution);
  const userId = process.getuid?.() ?? 0;
  const dataKib = held.includes("memory") ? "-" : String(Math.ceil(execution.memoryBytes / 1024));
  // RLIMIT_NPROC counts everything the user runs, and does not hold for root (getrlimit(2)).
  const processes = held.includes("pids") ? "-" : String(execution.processesMax + threadsOfUser(userId));
  const byUlimit = [...(dataKib === "-" ? [] : ["memory of each process"]), ...(processes === "-" || userId === 0 ? [] : ["processes of the user"])];
  return {
    groups,
    arguments: [dataKib, processes],
    sentence: `limits: control groups version ${found?.version ?? "none"} (${named(held)}); ulimit (${named(byUlimit)})`,
  };
};

const exitOf = (child: ChildProcess): Promise<Exit> => new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));

/** Waits until both streams are read to their end; cuts them off when somebody who escaped holds them open. */
const drain = async (child: ChildProcess, closed: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, drainMs);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
  child.stdout?.destroy();
  child.stderr?.destroy();
};

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

const endOf = (exit: Exit, outOfMemory: boolean, output: Output): ProcessEnd => ({
  outcome: outOfMemory && exit.code !== 0 ? "out-of-memory" : exit.signal === null ? "exited" : "signalled",
  exitCode: exit.signal === null && !(outOfMemory && exit.code !== 0) ? exit.code : null,
  signal: exit.signal,
  stdout: output.text("stdout"),
  stderr: output.text("stderr"),
  outputTruncated: output.truncated(),
});

/**
 * Runs executions as process groups of this machine, or in containers where an engine exists.
 *
 * Invariants: a process does nothing before `release`; what it starts ends with it, also what left its group where control groups exist; and
 * everything ends when the agent's process ends, in whatever way, because a guardian holds the other end of the agent's pipe.
 */
export const processRunner = async (options: RunnerOptions): Promise<Runner> => {
  const path = options.environment.PATH ?? "/usr/local/bin:/usr/bin:/bin";
  const found = options.controlGroups === undefined ? await findControlGroups() : (options.controlGroups ?? undefined);
  const clientEnvironment = { ...options.environment, ...options.engineEnvironment };
  const engine =
    options.containerEngine === undefined ? await findContainerEngine(path, clientEnvironment.DOCKER_HOST) : (options.containerEngine ?? undefined);
  // One agent per folder and machine; several machines may share an engine.
  const owner = `${hostname()}:${absolute(options.folder)}`;
  const containers = engine === undefined ? undefined : containersOf(engine, clientEnvironment);
  if (found !== undefined) await sweepGroups(found, Date.now());
  await containers?.sweep(owner);
  const guardian = openGuardian({ ...clientEnvironment, PATH: path });
  const boot = machineBoot();
  let ranContainers = false;

  const commandOf = async (execution: Execution, environment: Record<string, string>): Promise<readonly string[] | string> => {
    if (execution.image === undefined) {
      const command = execution.command[0] ?? "";
      const found = await findExecutable(command, environment.PATH ?? path);
      return found === undefined ? `no executable "${command}" on this device` : [found, ...execution.command.slice(1)];
    }
    if (engine === undefined) return `image "${execution.image}" needs Docker or Podman, and this device has neither running`;
    ranContainers = true;
    return [engine.binary, ...containerArguments(execution, environment, owner)];
  };

  const start = async (execution: Execution, nodeId: string, folder: string): Promise<PreparedProcess | string> => {
    const own = { ...execution.env, FOGLINE_TASK_ID: execution.taskId, FOGLINE_EXECUTION_ID: execution.executionId, FOGLINE_NODE_ID: nodeId };
    const inContainer = execution.image !== undefined;
    const environment = inContainer ? clientEnvironment : { ...options.environment, ...own };
    const command = await commandOf(execution, inContainer ? own : environment);
    if (typeof command === "string") return command;

    await mkdir(folder, { recursive: true });
    // The engine's client is not what must be limited: the engine limits the container.
    const limited: Limited = inContainer
      ? { groups: [], arguments: ["-", "-"], sentence: `limits: by ${engine?.name ?? "the engine"}` }
      : await limit(found, `fogline-${nodeId}-${containerName(execution.executionId)}`, execution);

    const child = spawn("/bin/sh", ["-c", gate, "fogline", ...limited.arguments, ...command], {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const exited = exitOf(child);
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const group = child.pid;
    if (group === undefined) {
      const reason = await new Promise<string>((resolve) => child.once("error", (error) => resolve(error.message)));
      await removeGroups(limited.groups);
      return `no process could be made: ${reason}`;
    }
    const go = child.stdio[3] as Duplex;
    go.on("error", () => undefined);
    const output = collectOutput(execution.outputBytesMax);
    child.stdout?.on("data", (chunk: Buffer) => output.take("stdout", chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.take("stderr", chunk));

    const trace: ProcessTrace = {
      processGroup: group,
      startTicks: startTicksOf(group) ?? 0,
      machineBoot: boot,
      controlGroups: limited.groups,
      executionId: execution.executionId,
      ...(inContainer && engine !== undefined ? { container: { engine: engine.binary, name: containerName(execution.executionId) } } : {}),
    };
    const contained = trace.container && containers?.one(trace.container.name, execution.image ?? "");
    const endAll = async () => {
      signalGroup(group, "SIGKILL");
      if (limited.groups.length > 0) return killGroups(limited.groups);
      await contained?.end();
      // Also of a container: an engine that crashed leaves its processes running.
      killMarked(execution.executionId);
    };
    const ended = exited.then(async (exit): Promise<ProcessEnd> => {
      const verdict = await contained?.verdict(exit.code);
      await endAll();
      await drain(child, closed);
      const kills = await outOfMemoryKills(limited.groups);
      await removeGroups(limited.groups);
      guardian.forget(trace);
      await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
      const end = endOf(exit, kills > 0 || verdict === "out-of-memory", output);
      return verdict === "could-not-start" ? { ...end, outcome: verdict, exitCode: null, message: contained?.refusal(output.tail(4096)) ?? "" } : end;
    });
    let imagePresent: boolean | undefined;
    try {
      // The engine fetches nothing before the release.
      const present = execution.image === undefined ? undefined : containers?.has(execution.image);
      [imagePresent] = await Promise.all([present, guardian.watch(trace), joinGroups(limited.groups, group)]);
    } catch (thrown) {
      go.destroy();
      await ended;
      return `its limits could not be set: ${textOf(thrown)}`;
    }
    return {
      trace,
      limits: limited.sentence,
      ended,
      ...(imagePresent === undefined ? {} : { imagePresent }),
      release: () => void go.end("go\n"),
      signal: (name) => {
        // The client hands TERM on; stopping the client would stop nothing.
        if (contained === undefined || name === "SIGTERM") signalGroup(group, name);
        else contained.pause(name === "SIGSTOP");
      },
      kill: () => void endAll(),
      tail: output.tail,
    };
  };

  return {
    prepare: async (execution, nodeId): Promise<Preparation> => {
      const folder = join(options.folder, containerName(execution.executionId));
      try {
        const made = await start(execution, nodeId, folder);
        return typeof made === "string" ? { ok: false, message: made } : { ok: true, process: made };
      } catch (thrown) {
        await rm(folder, { recursive: true, force: true }).catch(() => undefined);
        return { ok: false, message: textOf(thrown) };
      }
    },
    endLeftover: async (trace) => {
      if (trace.machineBoot === boot) {
        const leader = startTicksOf(trace.processGroup);
        if (leader === trace.startTicks || (leader === undefined && sessionHasMembers(trace.processGroup)))
          signalGroup(trace.processGroup, "SIGKILL");
      }
      if (trace.controlGroups.length === 0 && trace.machineBoot === boot) killMarked(trace.executionId);
      await killGroups(trace.controlGroups);
      await removeGroups(trace.controlGroups);
      const { container } = trace;
      if (container !== undefined) await containersOf({ name: "docker", binary: container.engine }, clientEnvironment).remove(container.name);
    },
    close: async () => {
      await guardian.close();
      if (ranContainers) await containers?.sweep(owner);
    },
  };
};
