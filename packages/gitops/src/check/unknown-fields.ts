import { fieldsOfTypes, typesOfKinds } from "./fields.ts";
import type { ModelName } from "./models.ts";

/** A field that a type does not have. */
export interface UnknownField {
  /** Where, with dots, the field's own name last. */
  readonly path: string;
  readonly field: string;
  readonly known: readonly string[];
}

/** Fields of an object that its kind does not have, wherever they are. */
export const unknownFields = (kind: ModelName, object: object): UnknownField[] => {
  const found: UnknownField[] = [];
  visit(typesOfKinds[kind] ?? "", object, "", found);
  return found;
};

/** A shape is a type's name, `[]` and the shape of each item, `{}` and the shape of each value, or empty where anything may stand. */
const visit = (shape: string, value: unknown, path: string, found: UnknownField[]): void => {
  if (shape === "" || typeof value !== "object" || value === null) return;
  if (shape.startsWith("[]")) {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(shape.slice(2), item, `${path}.${index}`, found);
    return;
  }
  if (shape.startsWith("{}")) {
    for (const [key, item] of Object.entries(value)) visit(shape.slice(2), item, `${path}.${key}`, found);
    return;
  }
  const fields = fieldsOfTypes[shape];
  if (fields === undefined || Array.isArray(value)) return;
  for (const [field, item] of Object.entries(value)) {
    const at = path === "" ? field : `${path}.${field}`;
    const inner = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (inner === undefined) found.push({ path: at, field, known: Object.keys(fields) });
    else visit(inner, item, at, found);
  }
};
