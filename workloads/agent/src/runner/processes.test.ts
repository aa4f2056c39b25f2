import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PreparedProcess, ProcessEnd, Runner } from "../ports.ts";
import { executionOf } from "../testing/hub.ts";
import { eventually, processesWith, runs } from "../testing/processes.ts";
import { findControlGroups } from "./control-groups.ts";
import { processRunner } from "./processes.ts";

const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
const found = await findControlGroups();
let folder = "";
let runner: Runner;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fogline-runner-"));
  runner = await processRunner({ folder, environment });
});
afterEach(async () => {
  await runner.close();
  await rm(folder, { recursive: true, force: true });
});

let executions = 0;
/** An execution id that no other test, and no other run of the tests, uses. */
const newId = (): string => `runner-${process.pid}-${++executions}.1`;

const prepare = async (...[command, changes, by = runner]: [string[], Parameters<typeof executionOf>[2]?, Runner?]): Promise<PreparedProcess> => {
  const prepared = await by.prepare(executionOf(newId(), command, changes), "bench-1");
  if (!prepared.ok) throw new Error(prepared.message);
  return prepared.process;
};
const run = async (...start: Parameters<typeof prepare>): Promise<ProcessEnd> => {
  const prepared = await prepare(...start);
  prepared.release();
  return prepared.ended;
};
const sh = (script: string): string[] => ["sh", "-c", script];

describe("the process runner", () => {
  it("does nothing before the release, and nothing at all when it never comes", async () => {
    const file = join(folder, "ran");
    const prepared = await prepare(sh(`echo ran > ${file}`));
    expect(runs(prepared.trace.processGroup)).toBe(true);
    prepared.kill();
    expect(await prepared.ended).toMatchObject({ outcome: "signalled", signal: "SIGKILL" });
    expect(existsSync(file)).toBe(false);
  });

  it("gives each execution a working folder and removes it, and hands on nothing of the agent's own environment", async () => {
    process.env.FOGLINE_AGENT_CREDENTIAL = "secret";
    const end = await run(sh("pwd; touch left-over; env"));
    delete process.env.FOGLINE_AGENT_CREDENTIAL;
    const [place = ""] = end.stdout.split("\n");
    expect(place.startsWith(folder)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
    expect(end.stdout).not.toContain("secret");
    expect(end.stdout).toContain("FOGLINE_NODE_ID=bench-1");
  });

  it("cuts output at the limit of both streams together, between characters", async () => {
    const end = await run(sh("printf 'aé'; sleep 0.1; printf 'rest' >&2"), { outputBytesMax: 2 });
    expect(end).toMatchObject({ outcome: "exited", exitCode: 0, stdout: "a", stderr: "", outputTruncated: true });
  });

  it("takes a gigabyte of output without keeping it", async () => {
    const before = process.memoryUsage.rss();
    const prepared = await prepare(sh("head -c 1073741824 /dev/zero; printf end"), { outputBytesMax: 1000 });
    let highest = 0;
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage.rss());
    }, 20);
    prepared.release();
    const end = await prepared.ended;
    clearInterval(watch);
    expect(end).toMatchObject({ outcome: "exited", exitCode: 0, outputTruncated: true });
    expect(end.stdout.length).toBe(1000);
    expect(prepared.tail(3)).toBe("end");
    expect(highest - before).toBeLessThan(200 * 1024 * 1024);
  });

  it("names the signal that ended a process", async () => {
    expect(await run(sh("kill -USR1 $$"))).toMatchObject({ outcome: "signalled", signal: "SIGUSR1", exitCode: null });
  });

  it("ends what a command leaves in the background when it ends itself", async () => {
    const end = await run(sh("sleep 600 & echo $!"));
    expect(end).toMatchObject({ outcome: "exited", exitCode: 0 });
    await eventually(() => !runs(Number(end.stdout)), "the background process ended");
  });

  it("says which limits hold and by what", async () => {
    const limited = await prepare(sh("true"));
    const bare = await processRunner({ folder, environment, controlGroups: null });
    const unlimited = await prepare(sh("true"), {}, bare);
    expect(limited.limits).toMatch(found === undefined ? /control groups version none/ : /control groups version [12] \(.*memory.*\)/);
    expect(unlimited.limits).toMatch(/^limits: control groups version none \(none\); ulimit \(memory of each process/);
    for (const prepared of [limited, unlimited]) {
      prepared.release();
      expect(await prepared.ended).toMatchObject({ exitCode: 0 });
    }
    await bare.close();
  });

  it("limits the memory of a process by ulimit where there are no control groups", async () => {
    const bare = await processRunner({ folder, environment, controlGroups: null });
    const end = await run(sh("x=$(head -c 100000000 /dev/zero | tr '\\0' a); echo held"), { memoryBytes: 32 * 1024 * 1024 }, bare);
    expect(end.stdout).toBe("");
    await bare.close();
  });

  it("ends what an earlier agent process left running, by its trace", async () => {
    const prepared = await prepare(["sleep", "600"]);
    prepared.release();
    await eventually(() => runs(prepared.trace.processGroup), "it runs");
    // The same process id with another start is another process.
    await runner.endLeftover({ ...prepared.trace, startTicks: prepared.trace.startTicks + 1, controlGroups: [], executionId: "other.1" });
    expect(runs(prepared.trace.processGroup)).toBe(true);
    await runner.endLeftover(prepared.trace);
    expect(await prepared.ended).toMatchObject({ outcome: "signalled", signal: "SIGKILL" });
  });
});

describe("the process runner without control groups", () => {
  const script = "setsid sh -c 'echo $$; exec sleep 600' & sleep 0.3";

  it("finds what fled into a session of its own by its environment", async () => {
    const bare = await processRunner({ folder, environment, controlGroups: null });
    const fled = Number((await run(sh(script), {}, bare)).stdout);
    expect(fled).toBeGreaterThan(1);
    await eventually(() => !runs(fled), "it ended");
    await bare.close();
  });

  it("lets its guardian find it when the runner is gone", async () => {
    const bare = await processRunner({ folder, environment, controlGroups: null });
    const prepared = await prepare(sh(`${script}; sleep 600`), {}, bare);
    prepared.release();
    await eventually(() => prepared.tail(100).length > 0, "it fled");
    const fled = Number(prepared.tail(100));
    await bare.close();
    expect(await prepared.ended).toMatchObject({ outcome: "signalled", signal: "SIGKILL" });
    await eventually(() => !runs(fled), "it ended");
  });
});

describe.skipIf(found === undefined)("the process runner with control groups", () => {
  it("ends a process that takes more memory than it asked for, and says so", async () => {
    const end = await run(sh("head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null; exit $?"), { memoryBytes: 24 * 1024 * 1024 });
    expect(end).toMatchObject({ outcome: "out-of-memory", exitCode: null });
  });

  it("contains a process that forks without end, and ends all of it", async () => {
    const id = newId();
    // Each child flees into a session of its own, and failing to make one stops nothing.
    const bomb = `const { spawn } = require("node:child_process");
      setInterval(() => { for (let i = 0; i < 10; i++) spawn("sleep", ["600"], { detached: true, stdio: "ignore" }).on("error", () => {}); }, 1);`;
    const prepared = await runner.prepare(executionOf(id, [process.execPath, "-e", bomb], { processesMax: 40 }), "bench-1");
    if (!prepared.ok) throw new Error(prepared.message);
    const mark = `FOGLINE_EXECUTION_ID=${id}`;
    prepared.process.release();
    let most = 0;
    await eventually(() => {
      const now = processesWith(mark).length;
      most = Math.max(most, now);
      return now >= 10;
    }, "the bomb went off");
    prepared.process.kill();
    await prepared.process.ended;
    expect(most).toBeLessThanOrEqual(40);
    expect(processesWith(mark)).toEqual([]);
    for (const group of prepared.process.trace.controlGroups) expect(existsSync(group)).toBe(false);
  });

  it("ends what fled into a session of its own", async () => {
    const end = await run(sh("setsid sh -c 'echo $$; exec sleep 600' & sleep 0.3"));
    const fled = Number(end.stdout);
    expect(fled).toBeGreaterThan(1);
    expect(runs(fled)).toBe(false);
  });
});
