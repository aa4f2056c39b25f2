import type { PublishedContract, PublishedError, PublishedSchema } from "./publish.ts";
import { type Change, type Direction, schemaChanges } from "./schema-changes.ts";

type Contracts = readonly PublishedContract[];

/**
 * What of `after` can break somebody who was built against `before`: contracts only grow. Errors must not be released; warnings are for the
 * release notes. New contracts, new optional request fields, new response fields and wider bounds of requests are no changes at all.
 */
export const breakingChanges = (before: Contracts, after: Contracts): readonly Change[] => before.flatMap((older) => changesOf(older, before, after));

const changesOf = (older: PublishedContract, before: Contracts, after: Contracts): readonly Change[] => {
  const newer = after.find(({ name }) => name === older.name);
  if (newer === undefined) return [{ severity: "error", path: older.name, message: farewell(older, before, after) }];
  return [...headChanges(older, newer), ...errorChanges(older, newer), ...bodyChanges(older, newer)];
};

/** A contract under a new name that says all that the old one said was renamed. */
const farewell = (older: PublishedContract, before: Contracts, after: Contracts): string => {
  const known = new Set(before.map(({ name }) => name));
  const heir = after.find((candidate) => !known.has(candidate.name) && withoutName(candidate) === withoutName(older));
  return heir === undefined ? "was removed" : `was renamed to ${heir.name}`;
};

const withoutName = (contract: PublishedContract): string => JSON.stringify({ ...contract, name: "" });

const headChanges = (older: PublishedContract, newer: PublishedContract): Change[] => {
  const { name } = older;
  const changed = (["kind", "role", "idempotency"] as const).filter((key) => older[key] !== newer[key]);
  const [route, newRoute] = [routeText(older), routeText(newer)];
  return [
    ...changed.map((key) => ({ severity: "error" as const, path: name, message: `${key} changed from ${older[key]} to ${newer[key]}` })),
    ...(route === undefined || route === newRoute
      ? []
      : [{ severity: "error" as const, path: name, message: `route changed from ${route} to ${newRoute ?? "none"}` }]),
  ];
};

const routeText = ({ http }: PublishedContract): string | undefined => (http === undefined ? undefined : `${http.method} ${http.path}`);

const errorChanges = (older: PublishedContract, newer: PublishedContract): readonly Change[] => {
  const [errors, newErrors] = [older.errors ?? {}, newer.errors ?? {}];
  const added = Object.keys(newErrors).filter((error) => !(error in errors));
  return [
    ...Object.entries(errors).flatMap(([error, declared]) => oneErrorChanges(`${older.name} errors.${error}`, declared, newErrors[error])),
    ...added.map((error) => ({ severity: "warning" as const, path: `${older.name} errors.${error}`, message: "is a new way to fail" })),
  ];
};

const oneErrorChanges = (path: string, older: PublishedError, newer: PublishedError | undefined): readonly Change[] => {
  if (newer === undefined) return [{ severity: "error", path, message: "was removed" }];
  const code: Change[] = older.code === newer.code ? [] : [{ severity: "error", path, message: `code changed from ${older.code} to ${newer.code}` }];
  return [...code, ...schemaChanges(`${path}.fields`, older.fields, newer.fields, "received")];
};

/** Which way each body travels. Frames go both ways in time: old agents meet new hubs and new agents meet old hubs. */
const bodies = {
  request: ["sent"],
  response: ["received"],
  item: ["received"],
  data: ["received"],
  frame: ["sent", "received"],
} as const satisfies Record<string, readonly Direction[]>;

const bodyChanges = (older: PublishedContract, newer: PublishedContract): readonly Change[] =>
  Object.entries(bodies).flatMap(([body, directions]) => {
    const [before, after] = [bodyOf(older, body), bodyOf(newer, body)];
    if (before === undefined || after === undefined) return [];
    return unique(directions.flatMap((direction) => schemaChanges(`${older.name} ${body}`, before, after, direction)));
  });

const bodyOf = (contract: PublishedContract, body: string): PublishedSchema | undefined => contract[body as keyof typeof bodies];

/** A field that was removed is told once, also when it is missed in both directions. */
const unique = (changes: readonly Change[]): readonly Change[] => [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
