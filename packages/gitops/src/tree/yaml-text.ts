import { CORE_SCHEMA, load, loadAll, mergeTag } from "js-yaml";

/** YAML 1.2 with the merge keys (`<<`) that Kubernetes and Flux also take. */
const schema = CORE_SCHEMA.withTags(mergeTag);

/** The documents of a YAML text that are not empty. Throws a `YAMLException` for what is not YAML. */
export const documentsIn = (text: string): unknown[] => loadAll(text, { schema }).filter((document) => document !== null && document !== undefined);

/** The one document of a YAML text. Throws a `YAMLException` for what is not YAML. */
export const documentIn = (text: string): unknown => load(text, { schema });
