import { execFile } from "node:child_process";
import { type ContainerEngine, ownerLabel } from "./container.ts";

/** What became of a container. */
interface Fate {
  /** Whether its command ever ran. */
  readonly started: boolean;
  readonly outOfMemory: boolean;
}

/** With this code `run` says that the engine refused, before there was a container or at its making. */
const refusedCode = 125;
/** How long the engine may take for an answer; removing a container ends its processes first. */
const answerMsMax = 30_000;

/** The container of one execution. What is asked of it happens in order. */
export interface Contained {
  /** What the client's exit code alone does not tell; null is the code of a client that was killed. Ask before `end`. */
  verdict(code: number | null): Promise<"could-not-start" | "out-of-memory" | undefined>;
  /** Why it could not start, from what the client wrote last. After `verdict`. */
  refusal(written: string): string;
  /** Stops or continues everything in it. One that does not run stays as it is. */
  pause(paused: boolean): void;
  /** Ends everything in it and removes it with its volumes. */
  end(): Promise<void>;
}

export interface Containers {
  one(name: string, image: string): Contained;
  /** Whether an image is on the device. False when the engine does not answer. */
  has(image: string): Promise<boolean>;
  /** Ends everything in a container and removes it with its volumes. There may be none. */
  remove(name: string): Promise<void>;
  /** Removes every container of an owner. Call it when nothing of the owner should run. */
  sweep(owner: string): Promise<void>;
}

/** What an agent asks of its engine besides running containers. Nothing throws: an engine that fails is answered for by the caller. */
export const containersOf = (engine: ContainerEngine, environment: Readonly<Record<string, string>>): Containers => {
  const ask = (...words: readonly string[]): Promise<string | undefined> =>
    new Promise((resolve) => {
      execFile(engine.binary, words, { env: environment, timeout: answerMsMax, killSignal: "SIGKILL" }, (error, stdout) =>
        resolve(error === null ? stdout.trim() : undefined),
      );
    });
  const fateOf = async (name: string): Promise<Fate | undefined> => {
    const answer = await ask("container", "inspect", "--format", "{{.State.StartedAt}}|{{.State.OOMKilled}}", name);
    if (answer === undefined) return undefined;
    const [startedAt = "", outOfMemory = ""] = answer.split("|");
    // Both engines write a time that never was as that of the year 1.
    return { started: !startedAt.startsWith("0001-"), outOfMemory: outOfMemory === "true" };
  };
  const remove = async (...names: readonly string[]) => void (await ask("rm", "--force", "--volumes", ...names));

  return {
    one: (name, image) => {
      let fate: Fate | undefined;
      let last: Promise<unknown> = Promise.resolve();
      const next = (task: () => Promise<unknown>): Promise<void> => {
        last = last.then(task);
        return last.then(() => undefined);
      };
      return {
        verdict: async (code) => {
          if (code === null || code === 0) return undefined;
          fate = await fateOf(name);
          if (fate === undefined) return code === refusedCode ? "could-not-start" : undefined;
          if (!fate.started) return "could-not-start";
          return fate.outOfMemory ? "out-of-memory" : undefined;
        },
        refusal: (written) => refusalOf(engine, image, written, fate !== undefined),
        pause: (paused) => void next(() => ask(paused ? "pause" : "unpause", name)),
        end: () => next(() => remove(name)),
      };
    },
    has: async (image) => (await ask("image", "inspect", "--format", "{{.Id}}", image)) !== undefined,
    remove: (name) => remove(name),
    sweep: async (owner) => {
      const names = await ask("ps", "--all", "--quiet", "--filter", `label=${ownerLabel}=${owner}`);
      if (names) await remove(...names.split("\n"));
    },
  };
};

const advice = /^(Run|See) '|^$/;

/** Why an engine could not run an image, from what its client wrote. `made` says whether there was a container at all. */
export const refusalOf = (engine: ContainerEngine, image: string, written: string, made: boolean): string => {
  const lines = written.split("\n").filter((line) => !advice.test(line.trim()));
  const line = lines.findLast((text) => /^(docker: |Error: )/.test(text)) ?? lines.at(-1) ?? "it gave no reason";
  const reason = line.replace(/^docker: /, "").replace(/^(Error response from daemon: |Error: )/, "");
  const missing = !made && /^(Unable to find image|Trying to pull|Resolving )/m.test(written);
  return missing
    ? `image "${image}" is not on this device, and ${engine.name} could not fetch it: ${reason}`
    : `${engine.name} could not start image "${image}": ${reason}`;
};
