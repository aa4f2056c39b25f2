import { codes, type Finding, type Place } from "@fogline/findings";
import { nameOf } from "@fogline/manifests";
import type { CheckContext, Objection, TreeRule } from "./rule.ts";
import { treeRules } from "./rules.ts";
import { type Subject, subjectOf } from "./subject.ts";

/**
 * What the rules object to in one tree. Each finding names the object and its file, the line of the fleet file that caused it, and what to do.
 * Sorted by that line, then by object and code: the same tree gives the same list.
 */
export const checkTree = (context: CheckContext, rules: readonly TreeRule[] = treeRules): readonly Finding[] => {
  const subject = subjectOf(context);
  const findings = rules.flatMap((rule) => rule.check(subject).map((objection) => findingOf(subject, rule, objection)));
  return findings.toSorted(
    (a, b) =>
      text(a.place?.file, b.place?.file) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      text(a.object ?? a.objectFile, b.object ?? b.objectFile) ||
      text(a.code, b.code) ||
      text(a.message, b.message),
  );
};

/** By code unit, so that the order is the same on every machine. */
const text = (a = "", b = ""): number => (a < b ? -1 : a > b ? 1 : 0);

const findingOf = (subject: Subject, rule: TreeRule, { about, message, remedy, severity }: Objection): Finding => ({
  code: rule.code,
  severity: severity ?? rule.severity,
  message,
  place: about.place ?? placeOf(subject, about.file),
  remedy: remedy ?? codes[rule.code].remedy,
  cluster: subject.cluster.name,
  ...(about.object === undefined ? {} : { object: nameOf(about.object) }),
  objectFile: about.file,
});

/** The line of the fleet file that a file of the tree is there for, where the object does not say: its workload's, else its cluster's. */
const placeOf = ({ fleet, cluster }: Subject, file: string): Place => {
  const folder = /^clusters\/[^/]+\/apps\/([^/]+)\//.exec(file)?.[1];
  for (const workload of folder === undefined ? [] : fleet.workloads) {
    for (const target of workload.targets) {
      const name = target.part === undefined ? workload.name : `${workload.name}-${target.part}`;
      if (target.cluster === cluster.name && name === folder) return target.place;
    }
  }
  return cluster.place;
};
