import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { FoglineError } from "@fogline/findings";
import type { Bus, Database } from "@fogline/ports";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type MainProcess, type Running, runHubMain, runMain } from "./index.ts";

const schema = z.object({ queueMax: z.coerce.number().int().min(1).default(1_000), adminToken: z.string().min(8).optional() });

const folder = mkdtempSync(join(tmpdir(), "fogline-main-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process whose end is a list: `exit` notes the code and goes on. */
const processWith = (args: readonly string[], env: Record<string, string> = {}) => {
  const out: string[] = [];
  const errors: string[] = [];
  const codes: number[] = [];
  const listeners = new Map<string, () => void>();
  const process: MainProcess = {
    argv: ["node", "main.ts", ...args],
    env,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => errors.push(text) },
    on: (signal, listener) => listeners.set(signal, listener),
    exit: (code) => codes.push(code),
  };
  return { process, codes, out, errors, signal: (name: string) => listeners.get(name)?.() };
};

const running = () => {
  const stopped = Promise.withResolvers<void>();
  const reasons: (string | undefined)[] = [];
  const one: Running = {
    name: "scheduler",
    instance: "scheduler-1",
    version: "0.1.0",
    stopped: stopped.promise,
    stop: async (reason) => {
      reasons.push(reason);
      stopped.resolve();
    },
  };
  return { one, reasons };
};

const never = async (): Promise<Running> => {
  throw new Error("must not start");
};

describe("--check-config", () => {
  it("ends with 0 when there is nothing to say against the configuration", async () => {
    const { process, codes, out } = processWith(["--check-config"]);
    await runMain("scheduler", schema, never, process);
    expect(codes).toEqual([0]);
    expect(out).toEqual(["scheduler: the configuration is valid\n"]);
  });

  it("ends with 1 and prints every problem, and no secret", async () => {
    const { process, codes, errors } = processWith(["--check-config"], { QUEUE_MAX: "none", ADMIN_TOKEN: "abc" });
    await runMain("scheduler", schema, never, process);
    expect(codes).toEqual([1]);
    expect(errors.join("")).toMatch(/FL4015 QUEUE_MAX: .*\(it is "none"\)[\s\S]*FL4015 ADMIN_TOKEN: /);
    expect(errors.join("")).not.toContain("abc");
  });
});

describe("a program", () => {
  it("starts with the settings of the file that --config names, and ends with 0 after SIGTERM", async () => {
    const file = join(folder, "fog.conf");
    writeFileSync(file, "queueMax=5\n");
    const { process, codes, signal } = processWith(["--config", file]);
    const { one, reasons } = running();
    const started = Promise.withResolvers<unknown>();
    const main = runMain(
      "scheduler",
      schema,
      async (config) => {
        started.resolve(config);
        return one;
      },
      process,
    );
    expect(await started.promise).toEqual({ queueMax: 5 });
    await Promise.resolve();
    signal("SIGTERM");
    await main;
    expect(reasons).toEqual(["SIGTERM"]);
    expect(codes).toEqual([0]);
  });

  it.each([
    ["its configuration is not valid", [], { QUEUE_MAX: "0" }, "FL4015"],
    ["the file that --config names is not there", ["--config", join(folder, "absent")], {}, "ENOENT"],
    ["it is given an option that does not exist", ["--confg"], {}, "--confg"],
  ])("ends with 3 when %s", async (_why, args, env, says) => {
    const { process, codes, errors } = processWith(args, env as Record<string, string>);
    await runMain("scheduler", schema, never, process);
    expect(codes).toEqual([3]);
    expect(errors.join("")).toContain(says);
  });

  it("ends with 3 and names the code and the remedy when it cannot start", async () => {
    const { process, codes, errors } = processWith([]);
    const start = async (): Promise<Running> => {
      throw new FoglineError("FL4016", "port 3000 on 127.0.0.1 is in use");
    };
    await runMain("scheduler", schema, start, process);
    expect(codes).toEqual([3]);
    expect(errors).toEqual(["scheduler: FL4016: port 3000 on 127.0.0.1 is in use\n  Stop the other program or choose another port.\n"]);
  });
});

describe("a program of the hub", () => {
  const settings = z.object({ databasePath: z.string().default("one.sqlite"), databaseUrl: z.string().optional(), natsUrl: z.string().optional() });
  /** Parts that note what is opened and closed. */
  const parts = (start: () => Promise<Running>) => {
    const noted: string[] = [];
    const note = (what: string) => async () => void noted.push(what);
    const open = (what: string) => {
      noted.push(`opens ${what}`);
      return { close: note("closes the database") } as unknown as Database<object>;
    };
    const bus = { close: note("closes the bus") } as unknown as Bus;
    const program = {
      ...{ clock: virtualClock(0), random: seededRandom(1), start },
      openOwnBus: () => bus,
      openNats: async ({ url }: { url: string }) => {
        noted.push(`joins ${url}`);
        return bus;
      },
      openSqlite: (path: string) => open(path),
      openPostgres: (url: string) => open(`PostgreSQL ${url}`),
    };
    return { noted, program };
  };

  it.each([
    [{}, ["opens one.sqlite"]],
    [{ DATABASE_URL: "two.sqlite" }, ["opens two.sqlite"]],
    [{ DATABASE_URL: "postgres://db/fog" }, ["opens PostgreSQL postgres://db/fog"]],
    [{ NATS_URL: "nats://localhost" }, ["joins nats://localhost", "opens one.sqlite"]],
  ] as const)("with %j opens what that names, and closes it when the workload has stopped", async (env, opened) => {
    const { one } = running();
    const { noted, program } = parts(async () => one);
    const { process, codes } = processWith([], env);
    const main = runHubMain("scheduler", settings, program, process);
    await one.stop();
    await main;
    expect(noted).toEqual([...opened, "closes the bus", "closes the database"]);
    expect(codes).toEqual([0]);
  });

  it("closes both when the workload cannot start", async () => {
    const { noted, program } = parts(never);
    const { process, codes } = processWith([]);
    await runHubMain("scheduler", settings, program, process);
    expect(noted).toEqual(["opens one.sqlite", "closes the bus", "closes the database"]);
    expect(codes).toEqual([3]);
  });
});
