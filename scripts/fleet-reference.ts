/** docs/fleet.md: every key of the fleet file with meaning, values, default and what refuses it, from the schema and the table of codes. */
import { type Code, type CodeEntry, codes } from "@fogline/findings";
import { FleetKeys, nameOf, type Schema } from "./fleet-keys.ts";
import { type Section, sections } from "./fleet-sections.ts";

/** Schemas that stand for a table of their own, and where that is described. */
const elsewhere: Readonly<Record<string, string>> = {
  host: "[host](#host)",
  everyWorkload: "options of [workloads](#workloads), without `version`",
  oneWorkload: "options of [workloads](#workloads) and `version`",
};

const keys = new FleetKeys();

interface Row {
  readonly key: string;
  readonly schema: Schema;
  readonly required: boolean;
  /** The section that describes it, for a key of the whole file. */
  readonly section?: Section;
}

/** The keys of a mapping and of the mappings in it, as far as they have no section of their own. */
const rowsOf = (schema: Schema, prefix = ""): Row[] => {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, property]): Row[] => {
    const key = prefix + name;
    const own: Row = { key, schema: property, required: required.includes(name) };
    if (described(property)) return [own];
    const inner = keys.resolved(property);
    const entry = keys.entryOf(inner);
    if (inner.items?.properties !== undefined) return [own, ...rowsOf(inner.items, `${key}.`)];
    if (inner.properties !== undefined) return [own, ...rowsOf(inner, `${key}.`)];
    return entry?.properties === undefined || described(entry) ? [own] : [own, ...rowsOf(entry, `${key}.<name>.`)];
  });
};

const described = (schema: Schema): boolean => elsewhere[nameOf(schema) ?? ""] !== undefined;

/** The keys of the whole file: what has a section is described there. `tiers` has what `defaults` has. */
const rowsOfFile = (): Row[] => {
  const whole = keys.at("");
  const sectionOf = (key: string) => sections.find(({ path }) => path === `${key}.<name>` || path === (key === "tiers" ? "defaults" : key));
  return Object.entries(whole.properties ?? {}).flatMap(([key, schema]): Row[] => {
    const section = sectionOf(key);
    if (section === undefined) return rowsOf({ properties: { [key]: schema }, required: whole.required ?? [] });
    return [{ key, schema, required: whole.required?.includes(key) === true, section }];
  });
};

const listed = (words: readonly string[]): string => {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
};

/** Bounds in words; those of all whole numbers that JavaScript has are none. */
const between = (least: number | undefined, most: number | undefined): string => {
  const [lower, upper] = [least, most].map((bound) => (bound !== undefined && Number.isSafeInteger(bound + Math.sign(bound)) ? bound : undefined));
  if (lower !== undefined && upper !== undefined) return ` from ${lower} to ${upper}`;
  return upper === undefined ? (lower === undefined ? "" : ` (at least ${lower})`) : ` (at most ${upper})`;
};

/** What a text must be the name of, by the rule that looks it up. */
const named: { readonly [C in Code]?: string } = {
  FL1030: "a [site](#sites)",
  FL1031: "a [cluster](#clusters)",
  FL1032: "a [ring](#rings)",
  FL1034: "a [profile](#connectivity)",
  FL1036: "a [collection](#collections)",
  FL1037: "a [workload](#workloads)",
};

/** Of all unions JSON alone may be nothing. */
const isAnything = ({ anyOf = [] }: Schema): boolean => anyOf.some(({ type }) => type === "null");

/** The values that a key takes, in words. */
const valuesOf = (given: Schema): string => {
  const link = elsewhere[nameOf(given) ?? ""];
  if (link !== undefined) return link;
  const schema = keys.resolved(given);
  if (schema.refusal !== undefined && schema.additionalProperties === undefined) return schema.refusal.expected;
  if (schema.enum !== undefined) return listed(schema.enum);
  if (schema.prefixItems !== undefined) return `a list of ${schema.prefixItems.map(valuesOf).join(" and ")}`;
  if (schema.type === "array") return `a list of ${valuesOf(schema.items ?? {})}${between(schema.minItems, schema.maxItems)}`;
  if (schema.properties !== undefined) return "a mapping";
  if (typeof schema.additionalProperties === "object") {
    const entry = schema.additionalProperties;
    const values = valuesOf(entry);
    return values === "a mapping" ? "a mapping by name" : `a mapping from name to ${values}`;
  }
  if (schema.type === "integer") return `a whole number${between(schema.minimum, schema.maximum)}`;
  if (schema.type === "number") return `a number${between(schema.minimum, schema.maximum)}`;
  if (schema.type === "boolean") return "`true` or `false`";
  if (isAnything(schema)) return "any value";
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(valuesOf))].join(", or ");
  if (typeof schema.type === "object") return schema.type.map((type) => valuesOf({ type })).join(", or ");
  if (schema.type === "string") return `text${between(schema.minLength, schema.maxLength)}${schema.maxLength === undefined ? "" : " characters"}`;
  return "any value";
};

/** Codes of what a value shows by itself: its form, its words, its bounds. */
const ownCodes = (given: Schema): Code[] => {
  const schema = keys.resolved(given);
  if (elsewhere[nameOf(given) ?? ""] !== undefined || isAnything(schema)) return [];
  const bounded = [schema.minimum, schema.maximum, schema.minItems, schema.maxItems, schema.minLength, schema.maxLength].some(
    (bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER,
  );
  const inner = [...(schema.anyOf ?? []), ...(schema.prefixItems ?? []), ...(schema.items === undefined ? [] : [schema.items])];
  const entry = keys.entryOf(schema);
  return [
    ...(schema.refusal === undefined ? [] : [schema.refusal.code]),
    // Hardware and tiers are looked up by rules, which have codes of their own.
    ...(schema.enum !== undefined && schema.type === "string" && !looked(schema) ? (["FL1013"] as const) : []),
    ...(bounded && schema.refusal === undefined && schema.prefixItems === undefined ? (["FL1023"] as const) : []),
    ...inner.flatMap(ownCodes),
    ...(entry === undefined || entry.properties !== undefined || entry === schema ? [] : ownCodes(entry)),
  ];
};

const lookedUp = [keys.at("devices.<name>.hardware"), keys.at("clusters.<name>.tier")].map((schema) => schema.enum?.join());
const looked = (schema: Schema): boolean => lookedUp.includes(schema.enum?.join());

const linkTo = (code: Code): string => `[${code}](errors.md#${code.toLowerCase()})`;

/** A description's last sentence says the default where there is one. */
const meaningOf = ({ description = "" }: Schema): { meaning: string; fallback?: string } => {
  const [, meaning = "", fallback] = /^(.*?) ?(?:Default (.*)\.)?$/s.exec(description) ?? [];
  return { meaning, ...(fallback === undefined ? {} : { fallback }) };
};

const cell = (text: string): string =>
  text
    .replaceAll("|", "\\|")
    .replaceAll("\n", " ")
    .replaceAll(/<(?!name>)(\w+)>/g, "`<$1>`");

const rowText = ({ key, schema, required, section }: Row, rules: NonNullable<Section["rules"]>): string => {
  const { meaning, fallback } = meaningOf(keys.resolved(schema));
  if (meaning === "") throw new Error(`${key} of the fleet file has no description that says more than its default`);
  const found = [...new Set([...ownCodes(schema), ...(rules[key] ?? [])])].toSorted();
  const name = rules[key]?.map((code) => named[code]).find((words) => words !== undefined);
  const plain = section === undefined ? valuesOf(schema) : `[${section.title}](#${section.title.replaceAll(" ", "-")})`;
  const values = name === undefined ? plain : plain.replaceAll("text", name);
  return `| \`${key}\` | ${cell(meaning)} | ${cell(values)} | ${required ? "required" : cell(fallback ?? "none")} | ${found.map(linkTo).join(" ")} |`;
};

const sectionText = ({ title, path, says, example, rules = {} }: Section): string => {
  const rows = path === undefined ? [] : path === "" ? rowsOfFile() : rowsOf(keys.at(path));
  const unknown = Object.keys(rules).find((key) => key !== "" && !rows.some((row) => row.key === key));
  if (unknown !== undefined) throw new Error(`section ${title} of the fleet's reference has rules for ${unknown}, which is no key`);
  const entryCodes = rules[""];
  return [
    `## ${title}`,
    says,
    ...(example === undefined ? [] : [`\`\`\`yaml\n${example}\n\`\`\``]),
    ...(rows.length === 0
      ? []
      : [
          ["| key | meaning | values | default | refused as |", "| --- | --- | --- | --- | --- |", ...rows.map((row) => rowText(row, rules))].join(
            "\n",
          ),
        ]),
    ...(entryCodes === undefined ? [] : [`Of an entry as a whole: ${entryCodes.map((code) => `${linkTo(code)} ${codes[code].title}`).join("; ")}.`]),
  ].join("\n\n");
};

const opening = [
  "# The fleet file",
  "Generated by `npm run docs` from `packages/fleet/src/schema.ts`.",
  "`clusters/fleet.yaml` is the one file that people write. Parts of it may stand in `clusters/fleet.d/*.yaml`: the same words, merged by key. `clusters/fleet.schema.json` gives editors completion and the checks that one value shows by itself. `fogline check` makes all of them and names every problem at once, with its line and a remedy; `fogline render` writes nothing while there is an error. What the trees look like: [tree.md](tree.md). What each code means: [errors.md](errors.md).",
  "Everywhere, a key that does not exist is refused as [FL1010](errors.md#fl1010), a value of another type as [FL1011](errors.md#fl1011), and a required key that is missing as [FL1012](errors.md#fl1012). A duration is a number and a unit (`500ms`, `30s`, `10m`, `2h`, `30d`), bytes are `200MB` (millions) or `200MiB` (2^20). A value outside of what its column names is refused, never rounded or cut.",
  "The examples of this page together are one valid fleet.",
];

/** The text of docs/fleet.md, without the last line's end. */
export const fleetReference = (): string => {
  const text = [...opening, ...sections.map(sectionText)].join("\n\n");
  const others = Object.entries<CodeEntry>(codes).filter(([code]) => code.startsWith("FL1") && !text.includes(linkTo(code as Code)));
  const list = others.map(([code, { title }]) => `- ${linkTo(code as Code)}: ${title}`).join("\n");
  return `${text}\n\n## Refused beside these\n\nAbout the files themselves and between several entries:\n\n${list}`;
};
