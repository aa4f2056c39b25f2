/** Packs `@fogline/client` as npm publishes it: one bundled file for Node and browsers, and declarations that name zod alone of other packages. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { execPath } from "node:process";
import { build } from "esbuild";
import { root } from "./root.ts";

const client = join(root, "packages/client");
/** What the client is made of, all of which the types tell of. */
const parts = ["client", "contracts", "findings"] as const;
/** What those export: the name by which it is imported, and its source below `packages/`. */
const entries: ReadonlyMap<string, string> = new Map(
  parts.flatMap((part) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, "packages", part, "package.json"), "utf8")) as Package;
    return Object.entries(exports).map(([entry, source]) => [posix.join(name, entry), posix.join(part, source)] as const);
  }),
);

interface Package {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
}

/** Makes the package in `folder`, which is emptied first, and packs it there. Answers the path of the archive. */
export const packClient = async (folder: string): Promise<string> => {
  rmSync(folder, { recursive: true, force: true });
  const made = join(folder, "package");
  mkdirSync(made, { recursive: true });
  await build({
    entryPoints: [join(client, "src/index.ts")],
    outfile: join(made, "dist/index.js"),
    bundle: true,
    platform: "neutral",
    target: "es2023",
    format: "esm",
    external: ["zod"],
    minifySyntax: true,
    legalComments: "linked",
    logLevel: "error",
  });
  declare(folder, join(made, "types"));
  for (const [from, to] of [
    [join(client, "README.md"), "README.md"],
    [join(root, "LICENSE"), "LICENSE"],
  ] as const)
    cpSync(from, join(made, to));
  writeFileSync(join(made, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: made, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(folder, filename);
};

/** Writes the declarations with tsc, and lets them name each other as files of one package. */
const declare = (folder: string, types: string): void => {
  const project = join(folder, "tsconfig.json");
  const settings = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: join(root, "packages"), outDir: types, types: ["node"] };
  // As sources: what tsc finds below node_modules it takes as it is and writes no declarations for.
  const paths = Object.fromEntries([...entries].map(([name, source]) => [name, [join(root, "packages", source)]]));
  const include = [join(client, "src/index.ts")];
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { ...settings, typeRoots: [join(root, "node_modules/@types")], paths },
      files: include,
      include: [],
    }),
  );
  execFileSync(execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project], { cwd: root, stdio: "inherit" });
  for (const file of readdirSync(types, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"))) {
    const path = join(types, file);
    const text = readFileSync(path, "utf8")
      .replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1")
      .replaceAll(/(["'])(@fogline\/[a-z/-]+)\1/g, (_, quote: string, name: string) => `${quote}${besideOf(path, types, name)}${quote}`);
    writeFileSync(path, text);
  }
};

const besideOf = (path: string, types: string, name: string): string => {
  const source = entries.get(name);
  if (source === undefined) throw new Error(`the types of the client name ${name}, which is not packed with it`);
  const to = relative(dirname(path), join(types, source.replace(/\.ts$/, ".js")));
  return to.startsWith(".") ? to : `./${to}`;
};

const manifest = () => {
  const ours = JSON.parse(readFileSync(join(client, "package.json"), "utf8")) as { version: string; license: string; dependencies: { zod: string } };
  return {
    name: "@fogline/client",
    version: ours.version,
    description: "A typed client of a Fogline hub, for Node and browsers.",
    license: ours.license,
    type: "module",
    engines: { node: ">=20" },
    exports: { ".": { types: "./types/client/src/index.d.ts", default: "./dist/index.js" } },
    files: ["dist", "types", "README.md", "LICENSE"],
    sideEffects: false,
    dependencies: { zod: ours.dependencies.zod },
  };
};
