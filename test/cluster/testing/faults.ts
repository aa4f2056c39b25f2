import type { KubernetesObject } from "@fogline/manifests";
import { edited, isMapping, type Path } from "./edit.ts";
import type { Follow, KindSchema, Schema } from "./open-api.ts";

/** One thing wrong with an object, by the schema that the API server publishes. */
export interface Fault {
  readonly fault: "unknown field" | "wrong type" | "missing field";
  /** Where it is, with dots. */
  readonly at: string;
  readonly object: KubernetesObject;
}

/** A place in an object, and what may stand there. */
interface Node {
  readonly path: Path;
  readonly value: unknown;
  readonly schema: Schema;
  /** Whether the mapping around it must have it. */
  readonly required: boolean;
}

/** Every place in a value that the schema says something of. */
const nodesIn = (follow: Follow, node: Node): Node[] => {
  const { path, value, schema } = node;
  if (Array.isArray(value) && schema.items !== undefined) {
    const items = follow(schema.items);
    return [node, ...value.flatMap((item, index) => nodesIn(follow, { path: [...path, index], value: item, schema: items, required: false }))];
  }
  if (!isMapping(value)) return [node];
  const inner = Object.entries(value).flatMap(([key, member]) => {
    const own = schema.properties?.[key] ?? (isMapping(schema.additionalProperties) ? (schema.additionalProperties as Schema) : undefined);
    const required = schema.required?.includes(key) ?? false;
    return own === undefined ? [] : nodesIn(follow, { path: [...path, key], value: member, schema: follow(own), required });
  });
  return [node, ...inner];
};

/** Something that a type does not take; nothing where any type is taken. */
const mistyped: Readonly<Record<NonNullable<Schema["type"]>, unknown>> = {
  object: "text instead of a mapping",
  array: { instead: "of a list" },
  string: { instead: "of text" },
  integer: "text instead of a number",
  number: "text instead of a number",
  boolean: "text instead of yes or no",
};

/** Every fault of the three sorts that an object can have, one at a time. */
export const faultsOf = (object: KubernetesObject, { schema, follow }: KindSchema): Fault[] => {
  const nodes = nodesIn(follow, { path: [], value: object, schema, required: false });
  return nodes.flatMap((node): Fault[] => {
    const { path, value } = node;
    const made = (fault: Fault["fault"], at: Path, by: unknown): Fault => ({ fault, at: at.join("."), object: edited(object, at, by) });
    const closed = isMapping(value) && node.schema.properties !== undefined && node.schema["x-kubernetes-preserve-unknown-fields"] !== true;
    const typed = node.schema.type !== undefined && node.schema["x-kubernetes-int-or-string"] !== true;
    // What kind of object it is decides who reads the rest, and where it lies is part of the address.
    const identifies = path.length === 1 && ["apiVersion", "kind", "metadata"].includes(String(path[0]));
    return [
      ...(closed ? [made("unknown field", [...path, "colour"], "red")] : []),
      ...(typed && path.length > 0 && !identifies && node.schema.type !== undefined ? [made("wrong type", path, mistyped[node.schema.type])] : []),
      ...(node.required || path.join(".") === "metadata.name" ? [made("missing field", path, undefined)] : []),
    ];
  });
};
