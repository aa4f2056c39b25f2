import { DUMP_SCHEMA, defineScalarTag, dump, NOT_RESOLVED } from "js-yaml";

/**
 * A decimal number, however large, underscores between its digits included. js-yaml takes `02e59222` for a text, because no number of JavaScript is as
 * large, and `0_0e0` because its YAML has none such; Go's readers, which Kubernetes and Flux have, take both for numbers. What resolves to this tag is
 * therefore written with quotes. Nothing is ever read by it.
 */
const numeral = defineScalarTag("tag:fogline.dev,2026:numeral", {
  implicit: true,
  resolve: (source) => (/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(source.replaceAll("_", "")) ? source : NOT_RESOLVED),
  identify: () => false,
});

const schema = DUMP_SCHEMA.withTags(numeral);

/** The YAML of a value, keys in the order in which they are, on as few lines as its texts allow. Every reader gets the same texts back as texts. */
export const yamlText = (value: unknown): string => dump(value, { indent: 2, lineWidth: -1, noRefs: true, schema });
