import type { Finding } from "@fogline/findings";
import { nearest } from "@fogline/findings";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import { fluxInstanceProblems } from "./flux-instance.ts";
import { type ModelName, models } from "./models.ts";
import { unknownFields } from "./unknown-fields.ts";

interface ModelError {
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[];
}

/** Something that does not fit, at a path inside the object with dots. */
export interface SchemaProblem {
  readonly message: string;
  readonly path: string;
}

const fluxInstanceKind = "fluxcd.controlplane.io/v1/FluxInstance";

/**
 * Every way in which an object does not fit the schema of its kind: types, what is missing, and fields that the kind does not have, which an API
 * server with strict field validation refuses as well. A kind without a schema is a finding: nothing passes unchecked.
 */
export const schemaProblems = (object: KubernetesObject, file: string): Finding[] => {
  const kind = `${object.apiVersion}/${object.kind}`;
  const finding = ({ message, path }: SchemaProblem): Finding => ({
    code: "FL3003",
    severity: "error",
    message: `${nameOf(object)}: ${message}`,
    place: path === "" ? { file } : { file, path },
  });
  if (kind === fluxInstanceKind) return fluxInstanceProblems(object).map(finding);
  if (!isModelName(kind)) return [finding({ message: `no schema is known for ${object.apiVersion} ${object.kind}`, path: "" })];
  const unknown = unknownFields(kind, object).map(({ path, field, known }) => {
    const meant = nearest(field, known);
    return { message: `there is no field ${field}${meant === undefined ? "" : `; ${meant} is`}`, path };
  });
  return [...modelProblems(kind, object), ...unknown].map(finding);
};

const isModelName = (kind: string): kind is ModelName => Object.hasOwn(models, kind);

const modelProblems = (kind: ModelName, object: KubernetesObject): SchemaProblem[] => {
  const Model = models[kind] as new (data: never) => { validate(): void };
  try {
    new Model(object as never).validate();
    return [];
  } catch (thrown) {
    const { errors } = thrown as ModelError;
    if (errors === undefined) return [{ message: String(thrown), path: "" }];
    return errors.map(({ instancePath, message }) => ({ message: message ?? "does not fit", path: instancePath.slice(1).replaceAll("/", ".") }));
  }
};
