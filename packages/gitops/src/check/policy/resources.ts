import { forWorkloads } from "@fogline/fleet";
import { describeBytes, parseQuantity } from "@fogline/units";
import { mappingAt } from "../../tree/loose.ts";
import { landingPlaces, landsUnknown, type Machine } from "../machines.ts";
import { containerTitle, type PodOwner } from "../pods.ts";
import type { Objection, TreeRule, TreeRuleCode } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** One of the two resources that pods are placed by: how it is written, what a machine has, and how an amount is said. */
interface Resource {
  readonly code: TreeRuleCode;
  readonly name: "memory" | "cpu";
  readonly has: (machine: Machine) => number;
  readonly say: (amount: number) => string;
}

const memory: Resource = {
  code: "FL2104",
  name: "memory",
  has: ({ profile }) => (profile === undefined ? 0 : forWorkloads(profile).memoryBytes),
  // What a hand writes may be beyond all numbers that can be told.
  say: (amount) => describeBytes(Math.min(Math.max(0, Math.ceil(amount)), Number.MAX_SAFE_INTEGER)),
};

const cpu: Resource = {
  code: "FL2105",
  name: "cpu",
  has: ({ profile }) => (profile === undefined ? 0 : forWorkloads(profile).cpuCores),
  say: (amount) => `${Math.round(amount * 1000) / 1000} cores`,
};

/** What one pod asks for as the scheduler counts it: all containers together, or one that runs before them when that is more. */
const asked = (owner: PodOwner, name: Resource["name"]): number => {
  const of = (initial: boolean): number[] =>
    owner.containers.filter((one) => one.initial === initial).map(({ spec }) => parseQuantity(mappingAt(spec.resources, "requests")[name]) ?? 0);
  return Math.max(
    of(false).reduce((sum, amount) => sum + amount, 0),
    ...of(true),
  );
};

const tooMuch = (subject: Subject, resource: Resource): Objection[] => {
  const { machines, pods } = subject;
  // A machine that has not reported yet may be of any size.
  if (machines.length === 0 || machines.some(({ profile }) => profile === undefined)) return [];
  const everywhere = pods.filter(({ kind }) => kind === "DaemonSet");
  const placed = pods.filter((owner) => owner.replicas !== undefined && owner.replicas > 0 && !landsUnknown(owner, machines));
  const room = new Map(machines.map((machine) => [machine, resource.has(machine) - daemons(everywhere, machine, machines, resource)]));
  const alone = [...everywhere.flatMap((owner) => overfull(owner, subject, resource)), ...placed.flatMap((owner) => cramped(owner, room, resource))];
  return alone.length > 0 ? alone : inSum(placed, room, subject, resource);
};

/** What the DaemonSets take of a machine. */
const daemons = (everywhere: readonly PodOwner[], machine: Machine, machines: readonly Machine[], { name }: Resource): number =>
  everywhere.filter((owner) => landingPlaces(owner, machines).includes(machine)).reduce((sum, owner) => sum + asked(owner, name), 0);

const overfull = (owner: PodOwner, { machines }: Subject, resource: Resource): Objection[] => {
  const amount = asked(owner, resource.name);
  const full = landingPlaces(owner, machines).find((machine) => resource.has(machine) < amount);
  return full === undefined ? [] : [{ about: owner, message: comparison(owner, amount, full, resource.has(full), resource) }];
};

/** A pod that does not fit the smallest of its machines beside what every machine runs: an error when it fits none of them. */
const cramped = (owner: PodOwner, room: ReadonlyMap<Machine, number>, resource: Resource): Objection[] => {
  const amount = asked(owner, resource.name);
  const places = landingPlaces(owner, [...room.keys()]);
  const [smallest] = places.toSorted((a, b) => (room.get(a) ?? 0) - (room.get(b) ?? 0));
  if (smallest === undefined || amount <= (room.get(smallest) ?? 0)) return [];
  const fitting = places.filter((machine) => amount <= (room.get(machine) ?? 0)).length;
  const message = comparison(owner, amount, smallest, room.get(smallest) ?? 0, resource);
  if (fitting === 0) return [{ about: owner, message }];
  return [{ about: owner, message: `${message}; it fits ${fitting} of ${places.length} machines`, severity: "warning" }];
};

const comparison = (owner: PodOwner, amount: number, machine: Machine, has: number, { say }: Resource): string =>
  `${owner.title} asks ${say(amount)} in sum, a ${machine.device.hardware} has ${say(Math.max(0, has))} for workloads`;

/** All pods of the cluster against all its machines. The objection is to the one that asks for most. */
const inSum = (placed: readonly PodOwner[], room: ReadonlyMap<Machine, number>, { cluster }: Subject, resource: Resource): Objection[] => {
  const amounts = placed.map((owner) => ({ owner, amount: asked(owner, resource.name) * (owner.replicas ?? 1) }));
  const total = amounts.reduce((sum, { amount }) => sum + amount, 0);
  const has = [...room.values()].reduce((sum, amount) => sum + Math.max(0, amount), 0);
  const [largest] = amounts.toSorted((a, b) => b.amount - a.amount);
  if (largest === undefined || total <= has) return [];
  const { say } = resource;
  const message = `the pods of ${cluster.name} ask ${say(total)} in sum, its ${room.size} machines have ${say(has)} for workloads; ${largest.owner.title} asks ${say(largest.amount)} of it`;
  return [{ about: largest.owner, message }];
};

const unsaid = ({ pods }: Subject): Objection[] =>
  pods.flatMap((owner) =>
    owner.containers.flatMap((container) => {
      const requests = mappingAt(container.spec.resources, "requests");
      const limits = mappingAt(container.spec.resources, "limits");
      // Kubernetes takes a limit for the request where only the limit is given.
      const missing = ["cpu", "memory"].filter((name) => requests[name] === undefined && limits[name] === undefined);
      return missing.length === 0 ? [] : [{ about: owner, message: `${containerTitle(owner, container)} requests no ${missing.join(" and no ")}` }];
    }),
  );

const unlimited = ({ pods }: Subject): Objection[] =>
  pods.flatMap((owner) =>
    owner.containers
      .filter(({ spec }) => mappingAt(spec.resources, "limits").memory === undefined)
      .map((container) => ({ about: owner, message: `${containerTitle(owner, container)} has no memory limit` })),
  );

/** What can be wrong with what pods ask for. */
export const resourceRules: readonly TreeRule[] = [
  {
    code: "FL2104",
    severity: "error",
    why: "The pod stays pending for ever, or whatever runs there already is pushed out for it. Counted are the requests of all containers of a pod, what DaemonSets take on each machine, and at last all pods of the cluster together, against what the hardware profile leaves for workloads. A warning where a pod fits only the larger of its machines.",
    check: (subject) => tooMuch(subject, memory),
  },
  {
    code: "FL2105",
    severity: "error",
    why: "As with memory: what is asked for and not there keeps the pod pending.",
    check: (subject) => tooMuch(subject, cpu),
  },
  {
    code: "FL2106",
    severity: "error",
    why: "The scheduler counts what pods request. One that requests nothing is put onto a machine that is full, and is the first to be killed there.",
    check: unsaid,
  },
  {
    code: "FL2107",
    severity: "error",
    why: "A leak in one container then takes the whole machine with it: on a board with 2 GB the kernel kills whatever it finds, K3s included.",
    check: unlimited,
  },
];
