/**
 * `npm run install:api`: puts schemathesis and openapi-spec-validator, Python programs of the versions in test/api/requirements.txt, below .cache/.
 * Quick when they are there already. Where there is no Python 3 it says so and passes: npm cannot install that.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

const wanted = join(root, "test/api/requirements.txt");
const folder = join(root, ".cache/schemathesis");
const mark = join(folder, "requirements.txt");

/** The folder of the Python programs; undefined until they are installed in the versions that are wanted. */
export const findSchemathesis = (): string | undefined =>
  existsSync(mark) && readFileSync(mark, "utf8") === readFileSync(wanted, "utf8") ? join(folder, "bin") : undefined;

/** Least version of Python that the programs run with. */
const pythonMin = [3, 10] as const;

const findPython = (): string | undefined => {
  try {
    const version = execFileSync("python3", ["-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"], { encoding: "utf8", stdio: "pipe" });
    const [major = 0, minor = 0] = version.trim().split(" ").map(Number);
    return major > pythonMin[0] || (major === pythonMin[0] && minor >= pythonMin[1]) ? "python3" : undefined;
  } catch {
    return undefined;
  }
};

/** Installs what is missing; answers a sentence about what happened. Throws when pip fails. */
const install = (): string => {
  if (findSchemathesis() !== undefined) return "schemathesis is installed already";
  const python = findPython();
  if (python === undefined) return "did not install schemathesis: it needs Python 3.10 with venv. fix: apt-get install python3-venv";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync(python, ["-m", "venv", folder], { stdio: "inherit" });
  execFileSync(join(folder, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", wanted], { stdio: "inherit" });
  writeFileSync(mark, readFileSync(wanted));
  return `schemathesis is installed below ${folder}`;
};

if (import.meta.main) console.log(install());
