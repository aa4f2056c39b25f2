import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "./root.ts";

let base = "";

/** An `npm` that notes when it starts and ends, and makes node_modules as `npm ci` does: by removing it first. */
const npm = (exitCode: number): string => `#!/bin/sh
echo begin >> "$PWD/log"
rm -rf node_modules && mkdir -p node_modules
sleep 0.3
echo end >> "$PWD/log"
exit ${exitCode}
`;

const useNpm = (exitCode: number): void => {
  writeFileSync(join(base, "bin/npm"), npm(exitCode));
  chmodSync(join(base, "bin/npm"), 0o755);
};

const install = async (): Promise<number> => {
  const child = spawn(execPath, [join(base, "scripts/install.js")], { env: { ...env, PATH: `${join(base, "bin")}:${env.PATH}` }, stdio: "ignore" });
  const [code] = (await once(child, "close")) as [number];
  return code;
};

const log = (): string[] => (existsSync(join(base, "log")) ? readFileSync(join(base, "log"), "utf8").trim().split("\n") : []);

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "fogline-install-"));
  for (const folder of ["scripts", "bin"]) mkdirSync(join(base, folder));
  cpSync(join(root, "scripts/install.js"), join(base, "scripts/install.js"));
  writeFileSync(join(base, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(base, "package-lock.json"), "{}");
  useNpm(0);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("the install script", () => {
  it("installs once when two start together", async () => {
    expect(await Promise.all([install(), install(), install()])).toEqual([0, 0, 0]);
    expect(log()).toEqual(["begin", "end"]);
  });

  it("does nothing when nothing is missing, and installs again when the lockfile changed", async () => {
    await install();
    await install();
    expect(log()).toEqual(["begin", "end"]);
    writeFileSync(join(base, "package-lock.json"), "{ }");
    await install();
    expect(log()).toEqual(["begin", "end", "begin", "end"]);
  });

  it("takes over the lock of an install that was killed", async () => {
    const child = spawn(execPath, ["-e", ""], { stdio: "ignore" });
    await once(child, "close");
    mkdirSync(join(base, ".cache/install.lock"), { recursive: true });
    writeFileSync(join(base, ".cache/install.lock/pid"), String(child.pid));
    expect(await install()).toBe(0);
    expect(log()).toEqual(["begin", "end"]);
  });

  it("ends with 3 when npm fails, and tries again the next time", async () => {
    useNpm(1);
    expect(await install()).toBe(3);
    useNpm(0);
    expect(await install()).toBe(0);
  });
});
