import type { KubernetesApi } from "@fogline/dev-cluster";
import type { KubernetesObject } from "@fogline/manifests";
import { eventually } from "../../system/testing/eventually.ts";
import { kindOf } from "./example-trees.ts";

/** A schema as the API server publishes it (OpenAPI 3.0), as far as it is read here. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly { readonly group: string; readonly version: string; readonly kind: string }[];
}

/** Answers what may stand somewhere: references are followed as they are met, because schemas may contain themselves. */
export type Follow = (schema: Schema) => Schema;

/** The schema of a kind, and how to go on inside. */
export interface KindSchema {
  readonly schema: Schema;
  readonly follow: Follow;
}

/** The schemas that an API server publishes for one version, by kind. */
const publishedFor = async (api: KubernetesApi, version: string): Promise<Map<string, KindSchema>> => {
  const { status, body } = await api.raw("GET", `/openapi/v3/${version.includes("/") ? "apis" : "api"}/${version}`);
  if (status === 404) return new Map();
  const { schemas } = (body as { components: { schemas: Readonly<Record<string, Schema>> } }).components;
  const follow: Follow = (schema) => {
    const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
    return reference === undefined ? schema : follow(schemas[reference.slice(reference.lastIndexOf("/") + 1)] ?? {});
  };
  return new Map(
    Object.values(schemas).flatMap((schema) => {
      const own = schema["x-kubernetes-group-version-kind"] ?? [];
      const here = own.filter(({ group, version: name }) => (group === "" ? name : `${group}/${name}`) === version);
      return here.map(({ kind }): [string, KindSchema] => [`${version}/${kind}`, { schema, follow }]);
    }),
  );
};

/** What the API server says of the kinds of these objects, by `apiVersion/kind`. It takes a moment to say something of what is newly defined. */
export const schemasOf = async (api: KubernetesApi, objects: readonly KubernetesObject[]): Promise<ReadonlyMap<string, KindSchema>> => {
  const found = new Map<string, KindSchema>();
  for (const version of new Set(objects.map(({ apiVersion }) => apiVersion))) {
    const kinds = objects.filter(({ apiVersion }) => apiVersion === version).map(kindOf);
    const published = await eventually(`the API server publishes what ${version} has`, async () => {
      const now = await publishedFor(api, version);
      return kinds.every((kind) => now.has(kind)) ? now : undefined;
    });
    for (const [kind, schema] of published) found.set(kind, schema);
  }
  return found;
};
