/** The types of what is packed: declarations of our packages, written by tsc, that name each other as files of one package. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { execPath } from "node:process";
import { root } from "./root.ts";

interface Package {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
}

/** What packages export: the name by which it is imported, and its source below `packages/`. */
const entriesOf = (parts: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    parts.flatMap((part) => {
      const { name, exports } = JSON.parse(readFileSync(join(root, "packages", part, "package.json"), "utf8")) as Package;
      return Object.entries(exports).map(([entry, source]) => [posix.join(name, entry), posix.join(part, source)] as const);
    }),
  );

/** Writes the declarations that `entry`, a source below `packages/`, needs to the folder `types`; `parts` are the packages they tell of. */
export const declare = (entry: string, parts: readonly string[], types: string): void => {
  const entries = entriesOf(parts);
  const project = join(dirname(types), "tsconfig.json");
  const settings = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: join(root, "packages"), outDir: types, types: ["node"] };
  // As sources: what tsc finds below node_modules it takes as it is and writes no declarations for.
  const paths = Object.fromEntries([...entries].map(([name, source]) => [name, [join(root, "packages", source)]]));
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { ...settings, typeRoots: [join(root, "node_modules/@types")], paths },
      files: [join(root, "packages", entry)],
      include: [],
    }),
  );
  execFileSync(execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project], { cwd: root, stdio: "inherit" });
  for (const file of readdirSync(types, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"))) {
    const path = join(types, file);
    const besideOf = (name: string): string => {
      const source = entries.get(name);
      if (source === undefined) throw new Error(`the types of ${entry} name ${name}, which is not packed with it`);
      const to = relative(dirname(path), join(types, source.replace(/\.ts$/, ".js")));
      return to.startsWith(".") ? to : `./${to}`;
    };
    const text = readFileSync(path, "utf8")
      .replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1")
      .replaceAll(/(["'])(@fogline\/[a-z/-]+)\1/g, (_, quote: string, name: string) => `${quote}${besideOf(name)}${quote}`);
    writeFileSync(path, text);
  }
};
