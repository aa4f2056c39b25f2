import { type Finding, FoglineError } from "@fogline/findings";
import { Worktree } from "@fogline/worktree";
import * as pulumi from "@pulumi/pulumi";
import { load } from "js-yaml";
import { clusterStack } from "./cluster.ts";
import type { StackSettings } from "./config/settings.ts";
import { clusterOf, fleetOf } from "./inputs.ts";
import { sharedStack } from "./shared.ts";

/** The stack with what clusters share. Every other is named after its cluster. */
const sharedName = "shared";

/**
 * The program of every stack: plans what the selected one owns, from the fleet of the repository around `folder`. What is wrong is one error with all
 * of it, before anything is planned.
 */
export const dayZero = async (folder: string): Promise<pulumi.Inputs> => {
  try {
    const worktree = await Worktree.open(folder);
    const fleet = await fleetOf(worktree);
    const stack = pulumi.getStack();
    const settings = await settingsOf(worktree, stack);
    if (stack === sharedName) return await sharedStack(fleet, settings);
    const config = new pulumi.Config();
    return await clusterStack({
      ...{ fleet, cluster: clusterOf(fleet, stack), worktree, settings },
      secret: (key) => config.requireSecret(key),
      sharedStack: () => `${pulumi.getOrganization()}/${pulumi.getProject()}/${sharedName}`,
    });
  } catch (thrown) {
    // Pulumi shows the stack trace of anything else, and a person is helped by what is wrong and not by where it was noticed.
    if (thrown instanceof FoglineError) throw new pulumi.RunError(described(thrown));
    throw thrown;
  }
};

/** The settings of this project, and which of them stand readable in the stack's file. */
const settingsOf = async (worktree: Worktree, stack: string): Promise<StackSettings> => {
  const prefix = `${pulumi.getProject()}:`;
  const all = Object.entries(pulumi.runtime.allConfig());
  const own = all.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]);
  const text = await worktree.file(`Pulumi.${stack}.yaml`);
  const { config = {} } = (text === undefined ? {} : (load(text) ?? {})) as { readonly config?: Readonly<Record<string, unknown>> };
  const written = Object.entries(config).filter(([key, value]) => key.startsWith(prefix) && typeof value === "string");
  return { stack, values: Object.fromEntries(own), inClear: new Set(written.map(([key]) => key.slice(prefix.length))) };
};

const described = ({ code, message, remedy, findings }: FoglineError): string =>
  [`${code}  ${message}`, ...(findings.length === 0 ? [`  fix: ${remedy}`] : findings.flatMap(lines))].join("\n");

const lines = ({ message, place, remedy }: Finding): string[] => {
  const where = place?.file === undefined ? "" : `  (${place.file}${place.line === undefined ? "" : `:${place.line}`})`;
  return [`  ${message}${where}`, ...(remedy === undefined ? [] : [`    fix: ${remedy}`])];
};
