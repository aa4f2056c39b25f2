/** What the base image is made of, laid in a folder: some libraries of Debian, and Node. Its Containerfile copies it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type DebianPackage, debian, fetchDebian, readDebianLock } from "./debian.ts";
import { normaliseModes } from "./files.ts";
import { type LockedNode, layNode, lockedNode } from "./node.ts";
import { type Architecture, workFolder } from "./sources.ts";

export interface Base {
  /** The build context of base/Containerfile. */
  readonly folder: string;
  readonly packages: readonly DebianPackage[];
  readonly node: LockedNode;
}

/** What no program in the image reads: character sets other than UTF-8 (Node brings its own), helpers of debuggers, notes for packagers. */
const dropped = [
  "usr/sbin",
  "usr/share/{gcc,gdb,lintian,man}",
  "usr/lib/*/gconv",
  "usr/share/doc/*/*",
  "etc/ca-certificates",
  "usr/share/ca-certificates",
];
const kept = /\/copyright$/;

/** Users by number and name, as in distroless images; programs that ask who they are find an answer. */
const accounts = {
  "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/var/lib/fogline:/sbin/nologin\n",
  "etc/group": "root:x:0:\nnonroot:x:65532:\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  // Scanners look here for which Debian it is.
  "etc/os-release": `PRETTY_NAME="${debian.name}"\nNAME="Debian GNU/Linux"\nVERSION_ID="${debian.version}"\nVERSION_CODENAME=${debian.suite}\nID=debian\n`,
};

const layDebian = (architecture: Architecture, packages: ReturnType<typeof fetchDebian>, folder: string): void => {
  const status = join(folder, "var/lib/dpkg/status.d");
  mkdirSync(status, { recursive: true });
  for (const { package: one, file } of packages) {
    execFileSync("dpkg-deb", ["-x", file, folder]);
    // Where scanners find the packages of an image without dpkg.
    writeFileSync(join(status, one.name), execFileSync("dpkg-deb", ["-f", file]));
  }
  const certificates = globSync(join(folder, "usr/share/ca-certificates/mozilla/*.crt")).sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  writeFileSync(join(folder, "etc/ssl/certs/ca-certificates.crt"), certificates.map((file) => `${readFileSync(file, "utf8").trim()}\n`).join(""));
  for (const path of globSync(dropped.map((pattern) => join(folder, pattern)))) if (!kept.test(path)) rmSync(path, { recursive: true, force: true });
  // Debian's base-files makes these; the loader is named by the old paths.
  symlinkSync("usr/lib", join(folder, "lib"));
  if (architecture === "amd64") symlinkSync("usr/lib64", join(folder, "lib64"));
  for (const [path, text] of Object.entries(accounts)) writeFileSync(join(folder, path), text);
  mkdirSync(join(folder, "tmp"));
  normaliseModes(folder);
  chmodSync(join(folder, "tmp"), 0o1777);
};

/** Lays the base of an architecture, unless it lies there from the same packages. */
export const layBase = (architecture: Architecture): Base => {
  const packages = readDebianLock()[architecture];
  const node = lockedNode(architecture);
  const folder = join(workFolder, "base", architecture);
  const code = ["base.ts", "debian.ts", "files.ts", "node.ts"].map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
  const stamp = createHash("sha256")
    .update(JSON.stringify([packages, node, code]))
    .digest("hex");
  const stampFile = `${folder}.stamp`;
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return { folder, packages, node };
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  layDebian(architecture, fetchDebian(readDebianLock(), architecture), join(fresh, "debian"));
  layNode(architecture, join(fresh, "node"));
  normaliseModes(join(fresh, "node"));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  writeFileSync(stampFile, stamp);
  return { folder, packages, node };
};
