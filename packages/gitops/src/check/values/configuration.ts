import { mappingAt, textIn } from "../../tree/loose.ts";
import { type At, formatted, has, type Problem, pathOf, problem, type Rule } from "./at.ts";
import { configKey, type Format } from "./formats.ts";

/** What etcd takes of one object, as the API server counts it: the values together. */
const bytesMax = 1024 * 1024;

const base64: Format = (text) =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replaceAll(/[\r\n]/g, ""))
    ? undefined
    : "must be base64; clear text belongs into stringData";

const keyProblems = (object: At, field: string): Problem[] =>
  Object.keys(mappingAt(object.value[field])).flatMap((key) => formatted(key, pathOf(object, field, key), configKey));

const encoded = (object: At, field: string): Problem[] =>
  Object.entries(mappingAt(object.value[field])).flatMap(([key, value]) => {
    const path = pathOf(object, field, key);
    // The value itself may be a secret, and is not said.
    return typeof value === "string" && base64(value) !== undefined ? [{ path, message: `${path} ${base64(value)}` }] : [];
  });

const sizeProblems = (object: At, fields: readonly string[]): Problem[] => {
  const values = fields.flatMap((field) => Object.values(mappingAt(object.value[field])).flatMap((value) => textIn(value) ?? []));
  const bytes = values.reduce((sum, value) => sum + byteLength(value), 0);
  return bytes > bytesMax ? problem(object, fields[0] ?? "", `takes ${bytes} bytes, and ${bytesMax} are allowed`) : [];
};

/** In UTF-8. */
const byteLength = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
};

const configMap: Rule = (object) => {
  const twice = Object.keys(mappingAt(object.value.data)).filter((key) => Object.hasOwn(mappingAt(object.value.binaryData), key));
  return [
    ...["data", "binaryData"].flatMap((field) => keyProblems(object, field)),
    ...encoded(object, "binaryData"),
    ...twice.flatMap((key) => problem(object, `binaryData.${key}`, "is in data too")),
    ...sizeProblems(object, ["data", "binaryData"]),
  ];
};

/** What SOPS has encrypted is decrypted before the API server sees it. */
const secret: Rule = (object) => [
  ...["data", "stringData"].flatMap((field) => keyProblems(object, field)),
  ...(has(object, "sops") ? [] : [...encoded(object, "data"), ...sizeProblems(object, ["data", "stringData"])]),
];

/** What programs are told. */
export const configurationRules: Readonly<Record<string, Rule>> = { "v1/ConfigMap": configMap, "v1/Secret": secret };
