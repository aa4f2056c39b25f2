import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { inNamespaces, targetNamespaces } from "../scripts/namespaces.ts";
import { root } from "../scripts/root.ts";
import { verify } from "./bench.ts";
import type { Figure } from "./figures.ts";

/** Makes the system that targets boot, unless it lies there. */
export const makeTargetSystem = (): void => {
  const { status } = spawnSync(execPath, [join(root, "test/bootstrap/testing/base.ts")], { stdio: ["ignore", "ignore", "inherit"] });
  verify(status === 0, "the targets' system could not be made");
};

/** Runs a file of this folder in namespaces of its own, where it may boot targets; the figures that its last line has. */
export const onTargets = (file: string, argument: number): readonly Figure[] => {
  const [program = "", ...args] = [...inNamespaces(targetNamespaces), execPath, join(root, "bench", file), String(argument)];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  verify(status === 0, stderr.slice(-2_000));
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as readonly Figure[];
};
