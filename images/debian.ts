/** Debian's packages in the base image: exact versions and sums in base/debian.json, fetched by apt-get, which checks Debian's signature. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, architectures, workFolder } from "./sources.ts";

/** The release of Debian that the libraries come from. */
export const debian = { suite: "trixie", version: "13", name: "Debian GNU/Linux 13 (trixie)" } as const;

/** One package as it was chosen. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** The package's own architecture: `all` where it is the same on every machine. */
  readonly architecture: Architecture | "all";
  readonly sha256: string;
}

/** Its package URL, https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md */
export const debianPurl = ({ name, version, architecture }: DebianPackage): string =>
  `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`;

export type DebianLock = Readonly<Record<Architecture, readonly DebianPackage[]>>;

/** What Node needs of an operating system: the C and C++ libraries, certificates, time zones. gcc-14-base has the licence of two of them. */
const wanted = { all: ["ca-certificates", "tzdata"], own: ["gcc-14-base", "libc6", "libgcc-s1", "libstdc++6"] };

const lockFile = join(import.meta.dirname, "base/debian.json");
const folder = join(workFolder, "debian");
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

export const readDebianLock = (): DebianLock => JSON.parse(readFileSync(lockFile, "utf8")) as DebianLock;

/** apt-get with a root of its own: it neither sees nor changes what this machine has installed, and takes packages of any architecture. */
const apt = (args: readonly string[], cwd = folder): string => {
  if (!existsSync(keyring)) throw new Error(`${keyring} is not there. fix: apt-get install debian-archive-keyring`);
  for (const part of ["lists/partial", "cache/archives/partial", "parts", "packages"]) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, "status"), "");
  const from = (url: string, suite: string) => `deb [signed-by=${keyring}] ${url} ${suite} main\n`;
  const sources = from("http://deb.debian.org/debian", debian.suite) + from("http://deb.debian.org/debian-security", `${debian.suite}-security`);
  writeFileSync(join(folder, "sources.list"), sources);
  const settings: Readonly<Record<string, string>> = {
    "Dir::State": folder,
    "Dir::State::status": join(folder, "status"),
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Etc::main": "/dev/null",
    "Dir::Etc::parts": join(folder, "parts"),
    "Dir::Etc::preferencesparts": join(folder, "parts"),
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": join(folder, "parts"),
    "APT::Architecture": "amd64",
    "Acquire::Languages": "none",
    // Its own user may not write where this user may.
    "APT::Sandbox::User": "root",
  };
  const list = `APT::Architectures { ${architectures.map((name) => `"${name}";`).join(" ")} };\n`;
  const config = join(folder, "apt.conf");
  writeFileSync(
    config,
    `${Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join("")}${list}`,
  );
  return execFileSync("apt-get", ["-q", ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, APT_CONFIG: config },
    stdio: ["ignore", "pipe", "pipe"],
  });
};

/** The newest versions that Debian has, written into the lock. */
export const updateDebianLock = (): DebianLock => {
  apt(["update"]);
  const chosen = (architecture: Architecture): DebianPackage[] =>
    apt(["download", "--print-uris", ...wanted.all, ...wanted.own.map((name) => `${name}:${architecture}`)])
      .split("\n")
      .flatMap((line) => {
        const [, name, version, own, sha256] = /^'[^']+' ([^_ ]+)_([^_ ]+)_(\w+)\.deb \d+ SHA256:([0-9a-f]{64})/.exec(line) ?? [];
        if (name === undefined || version === undefined || sha256 === undefined) return [];
        return [{ name, version: decodeURIComponent(version), architecture: own === "all" ? ("all" as const) : architecture, sha256 }];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const lock = { amd64: chosen("amd64"), arm64: chosen("arm64") };
  writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
  return lock;
};

const fileOf = ({ name, version, architecture }: DebianPackage): string =>
  join(folder, "packages", `${name}_${version.replaceAll(":", "%3a")}_${architecture}.deb`);

const isWhole = (one: DebianPackage): boolean =>
  existsSync(fileOf(one)) &&
  createHash("sha256")
    .update(readFileSync(fileOf(one)))
    .digest("hex") === one.sha256;

/** The packages of an architecture as files, fetched where they are not here. Throws where Debian does not have a version any more, or has other bytes. */
export const fetchDebian = (lock: DebianLock, architecture: Architecture): readonly { readonly package: DebianPackage; readonly file: string }[] => {
  const lacking = lock[architecture].filter((one) => !isWhole(one));
  if (lacking.length > 0) {
    apt(["update"]);
    const asked = lacking.map(({ name, version, architecture: own }) => `${name}${own === "all" ? "" : `:${own}`}=${version}`);
    try {
      apt(["download", ...asked], join(folder, "packages"));
    } catch (cause) {
      const said = String((cause as { stderr?: unknown }).stderr ?? cause).trim();
      throw new Error(`Debian does not give ${asked.join(", ")}: ${said}\nfix: npm run images -- --update-base takes the versions that it has now`, {
        cause,
      });
    }
  }
  const wrong = lock[architecture].find((one) => !isWhole(one));
  if (wrong !== undefined)
    throw new Error(`${wrong.name} ${wrong.version} is not what base/debian.json says. fix: remove ${fileOf(wrong)} and try again`);
  return lock[architecture].map((one) => ({ package: one, file: fileOf(one) }));
};
