/** Boards for targets: a fixture laid out as the kernel and the image of a board show it, with stand-ins for programs of its maker. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { root } from "../../../scripts/root.ts";
import type { Target } from "./targets.ts";

const fixtures = join(root, "test/bootstrap/fixtures");

/** Where a stand-in lies on a target. */
const places = {
  nvpmodel: "usr/sbin/nvpmodel",
  jetson_clocks: "usr/bin/jetson_clocks",
  "nvidia-ctk": "usr/bin/nvidia-ctk",
  "rpi-eeprom-config": "usr/bin/rpi-eeprom-config",
  "python-of-another-year": "usr/local/bin/python-of-another-year",
} as const;
export type StandIn = keyof typeof places;

const layStandIn = (folder: string, standIn: StandIn): void => {
  const to = join(folder, places[standIn]);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(fixtures, "stand-ins", standIn), to);
  chmodSync(to, 0o755);
};

/** A folder for `TargetSpec.board`: the board of `fixtures/boards/<name>.json`, below `place`. */
export const layBoard = (place: string, name: string, standIns: readonly StandIn[] = []): string => {
  const folder = mkdtempSync(join(place, `${name}-`));
  execFileSync("python3", ["-B", join(fixtures, "lay.py"), name, folder], { stdio: ["ignore", "pipe", "pipe"] });
  for (const standIn of standIns) layStandIn(folder, standIn);
  return folder;
};

/** A package of the board's maker, in a package source that lies on the board: `contents` are stand-ins, and files by their path. */
export const offerPackage = (
  board: string,
  name: string,
  version: string,
  contents: { readonly standIns?: readonly StandIn[]; readonly files?: Readonly<Record<string, string>> },
): void => {
  const tree = mkdtempSync(join(dirname(board), "package-"));
  chmodSync(tree, 0o755);
  for (const standIn of contents.standIns ?? []) layStandIn(tree, standIn);
  for (const [path, text] of Object.entries(contents.files ?? {})) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a stand-in\n`;
  mkdirSync(join(tree, "DEBIAN"));
  writeFileSync(join(tree, "DEBIAN/control"), control);
  const source = join(board, "srv/maker");
  mkdirSync(source, { recursive: true });
  const deb = join(source, `${name}.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "--build", tree, deb], { stdio: ["ignore", "pipe", "pipe"] });
  const bytes = readFileSync(deb);
  const sum = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(join(source, "Packages"), `${control}Filename: ./${basename(deb)}\nSize: ${bytes.length}\nSHA256: ${sum}\n`);
  mkdirSync(join(board, "etc/apt/sources.list.d"), { recursive: true });
  writeFileSync(join(board, "etc/apt/sources.list.d/maker.list"), "deb [trusted=yes] file:/srv/maker ./\n");
};

/** Has the kernel of a running target show something else, now and after it boots again: text or bytes by path below /. */
export const show = (target: Target, changes: Readonly<Record<string, string | Buffer>>): void => {
  for (const [path, content] of Object.entries(changes)) {
    const text = Buffer.from(content).toString("base64");
    target.ask(
      `echo '${text}' | base64 -d > /srv/board${path}
       cmp --silent /srv/board${path} ${path} && exit 0
       mount -o remount,rw /sys && mount -o remount,rw /sys/fs/cgroup
       cat /srv/board${path} > ${path}
       mount -o remount,ro /sys/fs/cgroup && mount -o remount,ro /sys`,
    );
  }
};

/** Has a running target show another board in its device tree. */
export const showTree = (target: Target, place: string, name: string): void => {
  const other = layBoard(place, name);
  const tree = "/sys/firmware/devicetree/base";
  for (const file of ["model", "compatible", "serial-number"]) show(target, { [`${tree}/${file}`]: readFileSync(join(other, tree, file)) });
};

/** A fixture of the clock: what `python-of-another-year` reads as the time. */
export const anotherYear = (board: string, seconds: number): void => {
  const folder = join(board, "usr/local/lib/python-of-another-year");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "sitecustomize.py"), `import time\n\n_now = time.time\ntime.time = lambda: _now() + ${seconds}\n`);
};
