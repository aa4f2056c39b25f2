import { chmod, copyFile, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import type { FirstBootFile } from "@fogline/gitops";
import { runProgram } from "./program-of.ts";
import { writeImage } from "./target.ts";

/** Programs that write ISO 9660, each with the arguments before those that all of them know from mkisofs. */
const writers: readonly (readonly [string, ...string[]])[] = [["xorriso", "-as", "mkisofs"], ["genisoimage"], ["mkisofs"]];
const install =
  "Install one that writes ISO 9660: `apt-get install xorriso` (macOS: `brew install xorriso`); or leave --seed-iso out and copy the files to a medium named cidata.";

/** Writes a small image named cidata, on which cloud-init finds the files. Only this user may read it. Throws FL4135 where no program can. */
export const writeSeedIso = async (iso: string, files: readonly FirstBootFile[]): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-seed-"));
  try {
    const seed = { folder: join(folder, "seed"), named: false };
    await writeImage(seed, files);
    const made = join(folder, "seed.iso");
    const args = ["-quiet", "-output", made, "-volid", "cidata", "-joliet", "-rock", seed.folder];
    for (const [index, [program, ...first]] of writers.entries()) {
      try {
        await runProgram(program, [...first, ...args], install);
        break;
      } catch (thrown) {
        if (!(thrown instanceof FoglineError) || index === writers.length - 1) throw thrown;
      }
    }
    await moveTo(made, iso);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const moveTo = async (from: string, to: string): Promise<void> => {
  // Across file systems there is no renaming, so it is copied beside its place first.
  await rm(`${to}.new`, { force: true });
  await copyFile(from, `${to}.new`);
  await chmod(`${to}.new`, 0o600);
  await rename(`${to}.new`, to);
};
