import { agentProtocolVersion, everyPage, listNodes, versionSkew } from "@fogline/contracts";
import { schemaOf } from "@fogline/embedded";
import { FoglineError, textOf } from "@fogline/findings";
import type { Context } from "../context.ts";
import { version } from "../version.ts";
import { backUp, backupLines, type KeyOptions } from "./hub-backup.ts";

/** `fogline hub upgrade`: run by the newer version, before it starts on the data of the older one. */
export const hubUpgradeCommand = async (context: Context, options: KeyOptions): Promise<void> => {
  const { output, dataFolder } = context;
  const schema = schemaOf(dataFolder);
  const newer = schema.filter((database) => database.newer.length > 0);
  if (newer.length > 0) {
    throw new FoglineError("FL4020", `this is ${version}, and a newer version has run on ${dataFolder}`, {
      remedy: "use that version, or restore a backup from before it",
      findings: newer.map(({ path, newer: names }) => ({ code: "FL4020", severity: "error", message: `${path} has ${names.join(", ")}` })),
    });
  }
  const refused = await agentsRefused(context);
  const backup = await backUp(context, options);
  const pending = schema.flatMap(({ path, pending: names }) => names.map((name) => `${path}: ${name}`));
  output.value({ version, backup: backup.path, migrations: pending, agentsRefused: typeof refused === "string" ? null : refused });
  for (const line of backupLines(backup)) output.line(line);
  output.line(pending.length === 0 ? "no migration is due" : `${pending.length} migrations run at the next start: ${pending.join(", ")}`);
  if (typeof refused === "string") output.line(`agents were not looked at: ${refused}`);
  else if (refused.length === 0) output.line(`${version} takes every agent of the fleet`);
  for (const reason of typeof refused === "string" ? [] : refused) output.line(`  ${reason}`);
  for (const line of guide(backup.path, dataFolder)) output.line(line);
};

/** Which agents the new version would not take; or why that is not known. */
const agentsRefused = async ({ hub }: Context): Promise<string[] | string> => {
  try {
    const client = hub();
    const nodes = await everyPage(async (after) => {
      const page = await client.call(listNodes, after === undefined ? {} : { after });
      return { items: page.nodes, next: page.next };
    });
    const protocol = agentProtocolVersion;
    return nodes.flatMap(({ id, agentVersion }) => {
      if (agentVersion === null) return [];
      const skew = versionSkew({ version, protocol }, { version: agentVersion, protocol });
      return skew.state === "refuse" ? [`${id}: ${skew.reason}`] : [];
    });
  } catch (thrown) {
    return textOf(thrown);
  }
};

const guide = (archive: string, dataFolder: string): string[] => [
  "to go on",
  "  systemctl daemon-reload && systemctl restart fogline          (docker compose pull && docker compose up --detach)",
  "to go back, should it not run well",
  "  systemctl stop fogline, install the version from before, then",
  `  fogline hub restore ${archive} --data ${dataFolder}`,
  "  systemctl start fogline",
];
