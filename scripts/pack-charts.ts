/** The types of `fogline/charts`, with which a user's own charts are written: one file that needs no other package. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { generateDtsBundle } from "dts-bundle-generator";
import { declare } from "./declarations.ts";
import { root } from "./root.ts";

/** What the charts are made with: their source below `packages/`. */
export const chartsEntry = "manifests/src/own-charts.ts";
/** Packages of ours that the types tell of. */
const parts = ["manifests", "fleet", "findings", "units"];
/** Packages of others whose types become part of ours, so that a user has nothing else to install. */
const inlined = ["cdk8s", "constructs", "kubernetes-models", "@kubernetes-models/base", "@kubernetes-models/apimachinery"];

/** The text of the declarations. */
export const chartsDeclarations = (): string => {
  // Inside the repository, because what others declare is found from there.
  const cache = join(root, ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "charts-types-"));
  try {
    const types = join(folder, "types");
    declare(chartsEntry, parts, types);
    const [text] = generateDtsBundle(
      [
        {
          filePath: join(types, chartsEntry.replace(/\.ts$/, ".d.ts")),
          libraries: { inlinedLibraries: inlined },
          output: { exportReferencedTypes: false, noBanner: true },
        },
      ],
      { preferredConfigPath: join(folder, "tsconfig.json") },
    );
    if (text === undefined || /^import /m.test(text)) throw new Error("the types of fogline/charts name a package that is not packed with it");
    return text;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
