import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { DeviceDescription, SimulationDescription, SimulationReply, SimulationRequest } from "./description.ts";
import type { WorldChange } from "./device.ts";
import type { World } from "./world.ts";

/** How long a simulation has to end what its devices run; then it is killed. */
const stopMs = 4000;

export interface SimulationOptions extends SimulationDescription {
  /** The program and its arguments; by default this package's own, under the Node that runs now. */
  readonly command?: readonly [program: string, ...rest: string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** Each line that the simulation writes to its log. */
  readonly log?: (line: string) => void;
}

/** The simulated devices, in a process of their own. */
export interface Simulation {
  readonly processId: number;
  /** The ids of the devices that it simulates now. */
  readonly devices: readonly DeviceDescription["id"][];
  /** The same devices as they were described. */
  readonly descriptions: readonly DeviceDescription[];
  /** Starts one more device beside those that run; resolves when its agent does. Rejects when its id is taken or its agent cannot start. */
  add(device: DeviceDescription): Promise<void>;
  /**
   * Ends the agent of one device in order, with what it runs, and removes its database. With `keepStore` the database stays for a device of
   * the same id that is added next. Rejects when there is no such device.
   */
  remove(id: string, options?: { readonly keepStore?: boolean }): Promise<void>;
  /** Changes the world of a device, and answers it. Rejects when there is no such device or the process has ended. */
  set(id: string, change: WorldChange): Promise<World>;
  world(id: string): Promise<World>;
  /** Ends every device in order, and kills the process when that takes too long. */
  stop(): Promise<void>;
  /** Resolves when the process has ended, however that came. */
  readonly ended: Promise<void>;
}

/** An answer that says what was asked for. */
type Answer = Extract<SimulationReply, { readonly world: World } | { readonly done: true }>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
}

type Without<Request> = Request extends unknown ? Omit<Request, "request"> : never;
type Asked = Without<SimulationRequest>;

/** Starts a process that hosts the devices; resolves when all of their agents run. It ends when this process does. */
export const startSimulation = async (options: SimulationOptions): Promise<Simulation> => {
  const { command, environment, log, ...description } = options;
  const [program, ...rest] = command ?? [process.execPath, fileURLToPath(new URL("main.ts", import.meta.url))];
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own: Ctrl-C reaches the parent alone, which then ends its devices in order.
    detached: true,
    env: { ...process.env, ...environment },
  });
  const waiting = new Map<number, Waiting>();
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let requests = 0;

  const lost = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
    ready.reject(new Error(reason));
    ended.resolve();
  };
  child.once("error", (error) => lost(`the simulation could not start: ${error.message}`));
  child.once("exit", (code, signal) => lost(`the simulation ended with ${signal ?? `code ${code}`}`));
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stderr }).on("line", (line) => log?.(line));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const reply = JSON.parse(line) as SimulationReply;
    if ("ready" in reply) return ready.resolve();
    const one = waiting.get(reply.request);
    waiting.delete(reply.request);
    if ("error" in reply) one?.reject(new Error(reply.error));
    else one?.resolve(reply);
  });
  const write = (line: SimulationDescription | (Asked & { readonly request: number })) => child.stdin.write(`${JSON.stringify(line)}\n`);
  const ask = (asked: Asked): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null || child.signalCode !== null) return reject(new Error("the simulation has ended"));
      requests += 1;
      waiting.set(requests, { resolve, reject });
      write({ request: requests, ...asked });
    });

  const askWorld = async (asked: Asked): Promise<World> => {
    const answer = await ask(asked);
    if ("world" in answer) return answer.world;
    throw new Error("the simulation answered without a world");
  };

  write(description);
  await ready.promise;
  const simulated = new Map(description.devices.map((device) => [device.id, device]));
  return {
    processId: child.pid ?? 0,
    get devices() {
      return [...simulated.keys()];
    },
    get descriptions() {
      return [...simulated.values()];
    },
    add: async (device) => {
      await ask({ add: device });
      simulated.set(device.id, device);
    },
    remove: async (id, { keepStore = false } = {}) => {
      // From here on nobody finds it, also when its end does not go in order.
      simulated.delete(id);
      await ask({ remove: id, keepStore });
    },
    set: (id, change) => askWorld({ set: { ...change, id } }),
    world: (id) => askWorld({ world: { id } }),
    ended: ended.promise,
    stop: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
      await ended.promise;
      clearTimeout(timer);
    },
  };
};
