import { parseFleet } from "@fogline/fleet";
import { Worktree } from "@fogline/worktree";
import { PolicyPack, type ReportViolation, type StackValidationArgs } from "@pulumi/policy";
import { stackFindings } from "./stack-rules.ts";

/** `urn:pulumi:<stack>::<project>::<type>::<name>` */
const stackIn = (urn: string): string | undefined => /^urn:pulumi:([^:]+)::/.exec(urn)?.[1];

/** Looks at a whole stack at once, because some rules look at several objects: an account and the bindings that give it rights. */
const check = async ({ resources }: StackValidationArgs, reportViolation: ReportViolation, severities: readonly string[]): Promise<void> => {
  const worktree = await Worktree.open(import.meta.dirname);
  const { fleet } = parseFleet(await worktree.fleetFiles());
  const cluster = fleet?.clusters.find(({ name }) => name === stackIn(resources[0]?.urn ?? ""));
  // Stack `shared` has no objects of a cluster, and a fleet file with errors has stopped the program before.
  if (fleet === undefined || cluster === undefined) return;
  const today = new Date().toISOString().slice(0, 10);
  for (const { code, severity, message, remedy, object } of stackFindings({ fleet, cluster, resources, today })) {
    if (!severities.includes(severity)) continue;
    const urn = resources.find(({ name }) => name === object)?.urn;
    reportViolation(`${code}  ${message}${remedy === undefined ? "" : `\n  fix: ${remedy}`}`, urn);
  }
};

new PolicyPack("fogline", {
  policies: [
    {
      name: "fogline-check-errors",
      description: "What `fogline check` calls an error is not applied.",
      enforcementLevel: "mandatory",
      validateStack: (args, report) => check(args, report, ["error"]),
    },
    {
      name: "fogline-check-warnings",
      description: "What `fogline check` warns of is said.",
      enforcementLevel: "advisory",
      validateStack: (args, report) => check(args, report, ["warning", "info"]),
    },
  ],
});
