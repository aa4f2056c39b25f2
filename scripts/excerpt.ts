/** What an edit of a fixture does to its tree, as YAML that shows nothing else. */
import { type BaseTree, type Edits, valueAt } from "@fogline/gitops/fixtures";
import { stringify } from "yaml";

/** Stands for a field that is not there; becomes a comment. */
const ABSENT = "(not there)";

type Side = "before" | "after";

/** The changed places of a tree, without the edits or with them. */
export const excerpt = (base: BaseTree, edits: Edits, side: Side): string => {
  const parts = [
    ...fleetParts(edits, side),
    ...changedParts(base, edits, side),
    ...addedParts(edits, side),
    ...removedParts(base, edits, side),
    ...imageParts(edits, side),
  ];
  return parts.length === 0 ? "The same tree without it." : parts.map(block).join("\n\n");
};

interface Part {
  /** Comment line above. */
  readonly where: string;
  readonly value: unknown;
}

const block = ({ where, value }: Part): string => {
  const text = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  const lines = text
    .split("\n")
    .map((line) => (line.endsWith(ABSENT) ? line.replace(/^( *)(- )?/, "$1$2# ").replace(`: ${ABSENT}`, " is not stated") : line));
  return `\`\`\`yaml\n# ${where}\n${lines.join("\n")}\n\`\`\``;
};

const fleetParts = ({ fleet = {} }: Edits, side: Side): Part[] =>
  Object.entries(fleet).map(([from, to]) => ({ where: "clusters/fleet.yaml", value: fragment(side === "after" ? to : from, from) }));

/** A piece of a flow mapping as a mapping of its own. */
const fragment = (text: string, instead: string): unknown => {
  const [key = "", value] = (text === "" ? instead : text).replace(/^, /, "").split(": ");
  return { [key]: text === "" ? ABSENT : value };
};

const changedParts = (base: BaseTree, { change = {} }: Edits, side: Side): Part[] =>
  Object.entries(change).map(([name, fields]) => {
    const object = Object.values(base.folders)
      .flat()
      .find(({ kind, metadata }) => name === `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`);
    const pairs = Object.entries(fields).map(
      ([pointer, value]) => [pointer, (side === "after" ? value : valueAt(object, pointer)) ?? ABSENT] as const,
    );
    return { where: name, value: nested(pairs) };
  });

/** Values at pointers as one nested value; of a list only the elements that are spoken of. */
const nested = (pairs: readonly (readonly [string, unknown])[]): unknown => {
  const [first] = pairs;
  if (first?.[0] === "") return first[1];
  const byKey = Map.groupBy(pairs, ([pointer]) => pointer.split("/", 2)[1] ?? "");
  const entries = [...byKey].map(
    ([key, group]) => [key, nested(group.map(([pointer, value]) => [pointer.slice(key.length + 1), value] as const))] as const,
  );
  const isList = entries.every(([key]) => /^\d+$/.test(key));
  return isList
    ? entries.map(([, value]) => value)
    : Object.fromEntries(entries.map(([key, value]) => [key.replaceAll("~1", "/").replaceAll("~0", "~"), value]));
};

const addedParts = ({ add = {}, unlisted = {} }: Edits, side: Side): Part[] =>
  side === "before"
    ? []
    : [
        ...Object.entries(add).flatMap(([folder, objects]) => objects.map((value) => ({ where: `in ${folder}/`, value }))),
        ...Object.entries(unlisted).flatMap(([folder, objects]) =>
          objects.map((value) => ({ where: `in ${folder}/, not in its kustomization.yaml`, value })),
        ),
      ];

const removedParts = (base: BaseTree, { remove = [] }: Edits, side: Side): Part[] =>
  Object.entries(base.folders).flatMap(([folder, objects]) =>
    objects
      .filter(({ kind, metadata }) => remove.includes(`${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`))
      .slice(0, 1)
      .map((object) => (side === "after" ? { where: `in ${folder}/`, value: { [object.kind]: ABSENT } } : { where: `in ${folder}/`, value: object })),
  );

const imageParts = ({ images }: Edits, side: Side): Part[] =>
  images === undefined || side === "before" ? [] : [{ where: "clusters/images.lock.yaml", value: { images } }];
