import { parseQuantity } from "@fogline/units";
import { type At, formatted, inside, type Problem, pathOf, problem } from "./at.ts";
import { qualifiedName } from "./formats.ts";

const ownResource = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;
const kubernetesDomain = /^([^/]+\.)?kubernetes\.io\//;

/** What a machine offers beyond its own: counted in whole pieces, and never promised twice. */
const isExtended = (name: string): boolean => name.includes("/") && !kubernetesDomain.test(name);

const amountsIn = (at: At): [string, number][] =>
  Object.entries(at.value).flatMap(([name, given]): [string, number][] => {
    const amount = given === null ? undefined : parseQuantity(given);
    return amount === undefined ? [] : [[name, amount]];
  });

const listProblems = (at: At): Problem[] => [
  ...Object.keys(at.value).flatMap((name) => {
    const wrong = formatted(name, pathOf(at, name), qualifiedName);
    return wrong.length > 0 || name.includes("/") || ownResource.test(name) ? wrong : problem(at, name, "is no resource of containers");
  }),
  ...amountsIn(at).flatMap(([name, amount]) => [
    ...(amount < 0 ? problem(at, name, "is negative") : []),
    ...(isExtended(name) && !Number.isInteger(amount) ? problem(at, name, "is counted in whole pieces") : []),
  ]),
];

/** What a container asks for, and what it may use. */
export const resourceProblems = (container: At): Problem[] => {
  const [requests, limits] = [inside(container, "resources", "requests"), inside(container, "resources", "limits")];
  const [asked, allowed] = [new Map(amountsIn(requests)), new Map(amountsIn(limits))];
  return [
    ...listProblems(requests),
    ...listProblems(limits),
    ...[...asked].flatMap(([name, amount]) => {
      const limit = allowed.get(name);
      if (isExtended(name) && limit !== amount) return problem(requests, name, "must be the same as its limit");
      return limit !== undefined && amount > limit ? problem(requests, name, "is more than its limit") : [];
    }),
  ];
};
