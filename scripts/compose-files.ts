/** What the containers of `bootstrap/compose` are given and git must not have: passwords and keys, and the nodes of the fleet. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

/** Where the compose file is. */
export const composeFolder = join(root, "bootstrap/compose");

/** The workloads that are containers there, each with a database and a role of its own. */
export const composeServices = ["gateway", "orchestrator", "scheduler", "policy"] as const;
type ComposeService = (typeof composeServices)[number];

const password = (): string => randomBytes(24).toString("hex");

/** The files of secrets by name. A service has what it needs, and no password of another. */
export const composeSecrets = (): { readonly files: Readonly<Record<string, string>>; readonly adminToken: string } => {
  const adminToken = password();
  const natsPassword = password();
  const rolePasswords = Object.fromEntries(composeServices.map((name) => [name, password()])) as Record<ComposeService, string>;
  const settings = (name: ComposeService, more: Readonly<Record<string, string>> = {}): string =>
    `${JSON.stringify(
      {
        natsUrl: `nats://hub:${natsPassword}@nats:4222`,
        databaseUrl: `postgresql://${name}:${rolePasswords[name]}@postgres/${name}`,
        ...more,
      },
      null,
      2,
    )}\n`;
  const database = (name: ComposeService): string =>
    [
      `CREATE ROLE ${name} LOGIN PASSWORD '${rolePasswords[name]}';`,
      `CREATE DATABASE ${name} OWNER ${name};`,
      `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC;`,
      "",
    ].join("\n");
  return {
    adminToken,
    files: {
      "postgres-password": password(),
      "grafana-password": password(),
      "databases.sql": composeServices.map(database).join(""),
      "nats.conf": `listen: 0.0.0.0:4222\nping_interval: "10s"\nauthorization { user: hub, password: "${natsPassword}" }\n`,
      "gateway.json": settings("gateway", { adminToken, rootKey: randomBytes(32).toString("base64url") }),
      "orchestrator.json": settings("orchestrator"),
      "scheduler.json": settings("scheduler"),
      "policy.json": settings("policy"),
    },
  };
};

/** A file appears whole or not at all. */
const writeWhole = (path: string, text: string, mode: number): void => {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
};

/**
 * Lays the files below `folder`: secrets once, since databases are made with them; the nodes each time, and a running orchestrator
 * follows them. The folder of secrets is its owner's alone; a file in it is readable because a container's user is another.
 */
export const prepareCompose = ({ folder, nodes, url }: { readonly folder: string; readonly nodes: string; readonly url: string }): void => {
  const [secrets, fleet, data] = [join(folder, "secrets"), join(folder, "fleet"), join(folder, "data")];
  mkdirSync(fleet, { recursive: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (!existsSync(secrets)) {
    const { files, adminToken } = composeSecrets();
    rmSync(`${secrets}.new`, { recursive: true, force: true });
    mkdirSync(`${secrets}.new`, { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(`${secrets}.new`, name), text, { mode: 0o644 });
    writeWhole(join(data, "admin.token"), `${adminToken}\n`, 0o600);
    renameSync(`${secrets}.new`, secrets);
  }
  // Where `fogline --data` looks for a hub of this machine.
  writeWhole(join(data, "hub.url"), `${url}\n`, 0o600);
  writeWhole(join(fleet, "nodes.json"), nodes, 0o644);
};
