/** What docs/requirements.yaml says is proved, checked against the files it names. */
import { testNames } from "./test-names.ts";

/** A row of docs/requirements.yaml; its header says what the fields mean. */
export interface Requirement {
  readonly id: string;
  readonly area: string;
  readonly says: string;
  readonly same?: string;
  readonly proof?: string | readonly string[];
  readonly decision?: string;
}

/** Numbers of rows in one area. */
export interface AreaCoverage {
  readonly area: string;
  readonly proved: number;
  readonly decided: number;
  readonly open: number;
}

/** Gives a file's text, or undefined where there is no such file. Paths count from the repository root. */
export type ReadFile = (path: string) => string | undefined;

const listed = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

const separator = " > ";

const proofProblem = (proof: string, read: ReadFile): string | undefined => {
  const [path = "", ...names] = proof.split(separator);
  const source = read(path);
  if (source === undefined) return `there is no file ${path}`;
  if (names.length === 0) return `${proof} names no test. fix: write "file > describe > it"`;
  const wanted = names.join(separator);
  return testNames(source).some((test) => test.join(separator) === wanted) ? undefined : `${path} has no test ${JSON.stringify(wanted)} that runs`;
};

/** Everything wrong with the rows, one sentence each: ids twice, proofs, decisions or twins that do not exist. */
export const problems = (rows: readonly Requirement[], read: ReadFile): string[] => {
  const seen = new Set<string>();
  const ids = new Set(rows.map(({ id }) => id));
  return rows.flatMap(({ id, same, proof, decision }) => {
    const found = listed(proof).map((one) => proofProblem(one, read));
    if (seen.has(id)) found.push("this id stands twice; ids are never reused");
    seen.add(id);
    if (decision !== undefined && read(decision) === undefined) found.push(`there is no file ${decision}`);
    if (same !== undefined && !ids.has(same)) found.push(`same names ${same}, which does not exist`);
    return found.filter((problem) => problem !== undefined).map((problem) => `${id}: ${problem}`);
  });
};

type State = "proved" | "decided" | "open";

const ownState = ({ proof, decision }: Requirement): State => (listed(proof).length > 0 ? "proved" : decision !== undefined ? "decided" : "open");

/** Coverage by area, sorted by name. Rows joined by `same` share the best state among them. */
export const coverage = (rows: readonly Requirement[]): AreaCoverage[] => {
  const root = (row: Requirement): string => {
    const twin = row.same === undefined ? undefined : rows.find(({ id }) => id === row.same);
    return twin?.id ?? row.id;
  };
  const best = new Map<string, State>();
  for (const row of rows) {
    const states = [ownState(row), best.get(root(row)) ?? "open"];
    best.set(root(row), states.includes("proved") ? "proved" : states.includes("decided") ? "decided" : "open");
  }
  const areas = new Map<string, { proved: number; decided: number; open: number }>();
  for (const row of rows) {
    const numbers = areas.get(row.area) ?? { proved: 0, decided: 0, open: 0 };
    numbers[best.get(root(row)) ?? "open"] += 1;
    areas.set(row.area, numbers);
  }
  return [...areas].map(([area, numbers]) => ({ area, ...numbers })).sort((a, b) => (a.area < b.area ? -1 : 1));
};

/** Sum over areas. */
export const sum = (areas: readonly AreaCoverage[]): AreaCoverage =>
  areas.reduce(
    (total, { proved, decided, open }) => ({ area: "all", proved: total.proved + proved, decided: total.decided + decided, open: total.open + open }),
    { area: "all", proved: 0, decided: 0, open: 0 },
  );

/** Whole percent of rows that are proved or decided, rounded down so that 100 means all. */
export const percent = ({ proved, decided, open }: AreaCoverage): number => {
  const rows = proved + decided + open;
  return rows === 0 ? 100 : Math.floor((100 * (proved + decided)) / rows);
};
