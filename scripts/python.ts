/** Python programs of pinned versions, each set in a virtual environment of its own below `.cache/`: npm cannot install them. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

export interface PythonPrograms {
  /** What people call them, and the folder below `.cache/`. */
  readonly name: string;
  /** The file of pinned versions, everything that they need included, from the repository's root. */
  readonly requirements: string;
}

/** Least version of Python that the programs run with. */
const pythonMin = [3, 10] as const;

const placeOf = ({ name, requirements }: PythonPrograms) => ({ folder: join(root, ".cache", name), wanted: join(root, requirements) });

/** The folder of the programs; undefined until they are installed in the versions that are wanted. */
export const findPythonPrograms = (programs: PythonPrograms): string | undefined => {
  const { folder, wanted } = placeOf(programs);
  const mark = join(folder, "requirements.txt");
  return existsSync(mark) && readFileSync(mark, "utf8") === readFileSync(wanted, "utf8") ? join(folder, "bin") : undefined;
};

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
export const installPythonPrograms = (programs: PythonPrograms): string => {
  const { name } = programs;
  if (findPythonPrograms(programs) !== undefined) return `${name} is installed already`;
  const python = findPython();
  if (python === undefined) return `did not install ${name}: it needs Python ${pythonMin.join(".")} with venv. fix: apt-get install python3-venv`;
  const { folder, wanted } = placeOf(programs);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync(python, ["-m", "venv", folder], { stdio: "inherit" });
  execFileSync(join(folder, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", wanted], { stdio: "inherit" });
  writeFileSync(join(folder, "requirements.txt"), readFileSync(wanted));
  return `${name} is installed below ${folder}`;
};
