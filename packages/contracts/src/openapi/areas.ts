/** A group of operations in the reference. */
export interface Area {
  readonly name: string;
  readonly description: string;
  /** What the names of its contracts begin with. */
  readonly prefixes: readonly string[];
}

/** In the order in which somebody meets them. */
export const areas: readonly Area[] = [
  { name: "Devices", description: "What the fleet is made of: nodes, how they are, and what is kept of them.", prefixes: ["nodes"] },
  { name: "Tasks", description: "One piece of work: submitted, placed with a reason, run, answered.", prefixes: ["tasks"] },
  { name: "Deployments", description: "Work that stays: replicas kept at the wanted number.", prefixes: ["deployments"] },
  { name: "Policies", description: "Rules that refuse tasks and nodes, and the log of what they decided.", prefixes: ["policies"] },
  { name: "GitOps", description: "Which revision runs where, what was refused and what drifted.", prefixes: ["gitops"] },
  { name: "Live feeds", description: "What happens, as it happens, over server-sent events.", prefixes: ["activity", "changes"] },
  { name: "Sign-in", description: "Sessions and tokens for people and programs.", prefixes: ["auth", "sessions"] },
  { name: "People", description: "The users who may come in.", prefixes: ["users"] },
  {
    name: "Enrolment",
    description: "How a device becomes a member of the fleet, and stops being one.",
    prefixes: ["enrolments", "certificates", "ca"],
  },
  { name: "Audit", description: "Who changed what, in a chain that shows tampering.", prefixes: ["audit"] },
  { name: "Services", description: "The hub's own parts and their health.", prefixes: ["fog"] },
  { name: "Simulation", description: "Devices that exist only here, and their weather.", prefixes: ["simulation"] },
];

/** The area of a contract. Throws for a contract that no area takes: a new area belongs in the table. */
export const areaOf = (contract: string): Area => {
  const prefix = contract.split(".", 1)[0] ?? "";
  const area = areas.find(({ prefixes }) => prefixes.includes(prefix));
  if (area === undefined) throw new Error(`no area of the API takes ${contract}`);
  return area;
};
