import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findPostgres, findTool } from "../../../scripts/tools.ts";

/** Images under the names that `compose.yaml` is told, of programs that are on this machine: no image can be pulled here. */
export const standIns = { POSTGRES_IMAGE: "stand-in/postgres:1", NATS_IMAGE: "stand-in/nats:1", PROMETHEUS_IMAGE: "stand-in/prometheus:1" } as const;

/** What of the official image's start the compose file relies on: databases once, from a password file and the SQL beside it. */
const entrypoint = `#!/bin/sh
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --pgdata="$PGDATA" --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*.sql; do psql --username=postgres --set=ON_ERROR_STOP=1 --quiet --file="$file"; done
  pg_ctl --pgdata="$PGDATA" --mode=fast stop
fi
exec postgres -D "$PGDATA" -c listen_addresses='*'
`;
const user = 999;

/** The shared objects that programs need, as the loader finds them. */
const librariesOf = (programs: readonly string[]): Set<string> => {
  const { stdout } = spawnSync("ldd", programs, { encoding: "utf8" });
  return new Set(stdout.split("\n").flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []));
};

/** Copies files to the same paths below a folder. */
const copyBelow = (folder: string, files: Iterable<string>): void => {
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(path, join(folder, path));
  }
};

/** The folder of PostgreSQL's programs. */
const postgresBin = (): string => {
  const pgCtl = findPostgres();
  if (pgCtl === undefined) throw new Error("PostgreSQL is not installed");
  return dirname(pgCtl);
};

const layPostgres = (folder: string): void => {
  const bin = postgresBin();
  const version = bin.split("/").at(-2) ?? "";
  const [lib, share] = [join(bin, "../lib"), `/usr/share/postgresql/${version}`];
  const programs = ["postgres", "initdb", "pg_ctl", "psql", "pg_isready"];
  for (const path of [lib, share, "/usr/share/zoneinfo"]) cpSync(path, join(folder, path), { recursive: true, verbatimSymlinks: true });
  const modules = readdirSync(lib).filter((name) => name.endsWith(".so"));
  const files = [...programs.map((name) => join(bin, name)), ...modules.map((name) => join(lib, name)), "/bin/sh"];
  copyBelow(folder, new Set([...files, ...librariesOf(files)]));
  mkdirSync(join(folder, "etc"), { recursive: true });
  writeFileSync(join(folder, "etc/passwd"), `root:x:0:0::/:/bin/sh\npostgres:x:${user}:${user}::/var/lib/postgresql:/bin/sh\n`);
  writeFileSync(join(folder, "etc/group"), `root:x:0:\npostgres:x:${user}:\n`);
  for (const path of ["var/lib/postgresql/data", "run/postgresql"]) {
    mkdirSync(join(folder, path), { recursive: true });
    chownSync(join(folder, path), user, user);
  }
  symlinkSync("/run", join(folder, "var/run"));
  mkdirSync(join(folder, "tmp"), { recursive: true });
  chmodSync(join(folder, "tmp"), 0o1777);
  writeFileSync(join(folder, "entrypoint.sh"), entrypoint, { mode: 0o755 });
};

const layNats = (folder: string): void => {
  const server = findTool("nats-server");
  if (server === undefined) throw new Error("nats-server is not built");
  copyFileSync(server, join(folder, "nats-server"));
};

const prometheus = "/usr/bin/prometheus";
/** Whether Debian's Prometheus is here; without it nobody looks at the profile that has it. */
export const hasPrometheus = existsSync(prometheus);

const layPrometheus = (folder: string): void => {
  copyBelow(folder, new Set([prometheus, ...librariesOf([prometheus])]));
  for (const path of ["prometheus", "tmp"]) {
    mkdirSync(join(folder, path));
    chmodSync(join(folder, path), 0o1777);
  }
};

/** Makes them and gives them to the docker at `host`. */
export const giveStandIns = (host: string): void => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-stand-ins-"));
  const give = (image: string, lay: (folder: string) => void, changes: readonly string[]): void => {
    const content = join(folder, image.replaceAll("/", "-"));
    mkdirSync(content, { recursive: true });
    lay(content);
    const options = changes.flatMap((change) => ["--change", change]);
    const command = 'content=$1; host=$2; shift 2; tar --create --directory "$content" . | docker --host "$host" import "$@"';
    execFileSync("sh", ["-c", command, "sh", content, host, ...options, "-", image]);
  };
  try {
    give(standIns.POSTGRES_IMAGE, layPostgres, [`ENV PATH=${postgresBin()}:/bin`, `USER ${user}`, 'ENTRYPOINT ["/entrypoint.sh"]']);
    if (hasPrometheus) give(standIns.PROMETHEUS_IMAGE, layPrometheus, ["USER 65534", 'ENTRYPOINT ["/usr/bin/prometheus"]']);
    give(standIns.NATS_IMAGE, layNats, ['ENTRYPOINT ["/nats-server"]']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
