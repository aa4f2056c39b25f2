import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMark, markOf, runs } from "@fogline/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockBootstrap, settleLastRun } from "./lock.ts";
import { emptyDevice } from "./run.ts";
import { makeSecretFolder } from "./secret-files.ts";
import { type BootstrapState, readState, writeState } from "./state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const state = (devices: BootstrapState["devices"], more: Partial<BootstrapState> = {}): BootstrapState => ({
  ...{ version: 1, run: "20261126-140000", startedAtMs: 5, options: { check: false, withoutAgent: false, dataDisks: {}, adopt: [] } },
  devices,
  ...more,
});

describe("the state of a bootstrap", () => {
  it("is read as it was written, by nobody else, and leaves nothing beside it", () => {
    const written = state({ "pi-1": { ...emptyDevice("pi-1", "20261126-140000"), standing: "running", group: { pid: 5, began: "6" } } });
    writeState(folder, written);
    expect(readState(folder)).toEqual(written);
    expect(statSync(join(folder, "state.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["state.json"]);
  });

  it("is absent before the first run, and refused with the file where it is not whole", () => {
    expect(readState(folder)).toBeUndefined();
    writeState(folder, state({ "pi-1": emptyDevice("pi-1") }));
    const whole = readFileSync(join(folder, "state.json"), "utf8");
    for (const broken of ["", whole.slice(0, whole.length / 2), "{}", whole.replace("waiting", "lost")]) {
      writeFileSync(join(folder, "state.json"), broken);
      expect(() => readState(folder)).toThrow(
        expect.objectContaining({ code: "FL4094", message: expect.stringContaining("state.json is not whole") }),
      );
    }
  });
});

describe("the folder of bootstraps", () => {
  it("is one process's at a time", () => {
    const unlock = lockBootstrap(folder);
    expect(() => lockBootstrap(folder)).toThrow(
      expect.objectContaining({ code: "FL4095", message: expect.stringContaining(`process ${process.pid}`) }),
    );
    unlock();
    lockBootstrap(folder)();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });
});

describe("what a killed run left", () => {
  it("is ended, marked as interrupted, and its secrets are removed", async () => {
    const child = spawn("sleep", ["600"], { detached: true });
    const group = markOf(child.pid ?? 0);
    const secretsFolder = join(folder, "secrets");
    mkdirSync(secretsFolder);
    const devices = {
      "pi-1": { ...emptyDevice("pi-1"), standing: "running" as const, group },
      "pi-2": { ...emptyDevice("pi-2"), standing: "done" as const },
    };
    writeState(folder, state(devices, { secretsFolder }));
    const settled = await settleLastRun(folder);
    expect(runs(group)).toBe(false);
    expect(existsSync(secretsFolder)).toBe(false);
    expect(settled).toEqual(readState(folder));
    expect(Object.entries(settled?.devices ?? {}).map(([id, { standing }]) => [id, standing])).toEqual([
      ["pi-1", "interrupted"],
      ["pi-2", "done"],
    ]);
    expect(settled?.secretsFolder).toBeUndefined();
  });

  it("is no process that has the same id by now", async () => {
    const child = spawn("sleep", ["600"], { detached: true });
    const pid = child.pid ?? 0;
    writeState(folder, state({ "pi-1": { ...emptyDevice("pi-1"), standing: "running", group: { pid, began: "1" } } }));
    await settleLastRun(folder);
    expect(findMark(pid)).toBeDefined();
    child.kill("SIGKILL");
  });
});

describe("the folder of secrets", () => {
  it("is nobody else's, with each file, and gone afterwards", () => {
    const secrets = makeSecretFolder({ XDG_RUNTIME_DIR: folder });
    const file = secrets.write("pi-1", { fogline_enrolment_token: "fle_x" });
    expect([statSync(secrets.path).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    secrets.remove("pi-1");
    expect(existsSync(file)).toBe(false);
    secrets.removeAll();
    expect(readdirSync(folder)).toEqual([]);
  });
});
