import { type Finding, fail, nearest, ok, type Result } from "@fogline/findings";
import * as core from "zod/v4/core";
import { type ConfigFile, readFileText } from "./config-file.ts";
import { type Setting, settingsOf } from "./settings.ts";

export interface ConfigSources {
  /** Variables as `QUEUE_MAX`; they win over the file. Empty ones count as not set. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file: a JSON object with keys as `queueMax`, or lines as `QUEUE_MAX=1000` or `queueMax=1000`. */
  readonly file?: string;
  /** Its name, for findings. */
  readonly fileName?: string;
}

const valueLengthMax = 80;

/** Kinds whose text is JSON when it comes from the environment or from a line. */
const writtenAsJson: ReadonlySet<string> = new Set(["number", "int", "boolean", "array", "object", "record", "tuple"]);

/**
 * The settings of a workload from its environment and file, parsed by its schema, or everything that is wrong with them: each FL4015 finding
 * names the setting, where it came from, its value unless it is a secret, and what to do. A setting is a secret when its schema says
 * `.meta({ secret: true })` or its name ends in Token, Secret, Password, Key or Credential.
 */
export const loadConfig = <S extends core.$ZodType>(schema: S, sources: ConfigSources): Result<core.output<S>, Finding[]> => {
  const settings = settingsOf(schema);
  const fileName = sources.fileName ?? "the configuration file";
  const file: ConfigFile = sources.file === undefined ? { values: {}, findings: [] } : readFileText(sources.file, fileName);
  const findings = [...file.findings, ...unknownKeys(file.values, settings, fileName)];

  const given: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const setting of settings) {
    const fromEnvironment = sources.environment[setting.variable];
    const inFile = [setting.key, setting.variable].find((name) => Object.hasOwn(file.values, name));
    if (fromEnvironment !== undefined && fromEnvironment !== "") {
      given[setting.key] = typed(fromEnvironment, setting);
      origins.set(setting.key, { name: setting.variable, text: fromEnvironment });
    } else if (inFile !== undefined) {
      const value = file.values[inFile];
      given[setting.key] = typeof value === "string" ? typed(value, setting) : value;
      origins.set(setting.key, { name: inFile, text: typeof value === "string" ? value : JSON.stringify(value), file: fileName });
    }
  }
  const parsed = core.safeParse(schema, given);
  if (!parsed.success) findings.push(...parsed.error.issues.map((issue) => findingOf(issue, settings, origins)));
  return parsed.success && findings.length === 0 ? ok(parsed.data) : fail(findings);
};

interface Origin {
  readonly name: string;
  readonly text: string;
  readonly file?: string;
}

const typed = (text: string, { kind, coerces }: Setting): unknown => {
  if (coerces || !writtenAsJson.has(kind)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const unknownKeys = (values: Readonly<Record<string, unknown>>, settings: readonly Setting[], file: string): Finding[] => {
  const known = new Set(settings.flatMap(({ key, variable }) => [key, variable]));
  return Object.keys(values)
    .filter((name) => !known.has(name))
    .map((name) => {
      const meant = nearest(name, known);
      return {
        code: "FL4015",
        severity: "error",
        message: `there is no setting "${name}"`,
        place: { file, path: name },
        remedy: meant === undefined ? `Remove it. Settings: ${settings.map(({ key }) => key).join(", ")}.` : `Did you mean "${meant}"?`,
      };
    });
};

const findingOf = (issue: core.$ZodIssue, settings: readonly Setting[], origins: ReadonlyMap<string, Origin>): Finding => {
  const [first, ...inner] = issue.path;
  const setting = settings.find(({ key }) => key === first);
  if (setting === undefined) return { code: "FL4015", severity: "error", message: issue.message, remedy: "Correct the settings that it names." };
  const { key, variable, secret } = setting;
  const origin = origins.get(key);
  const path = [origin?.name ?? key, ...inner.map(String)].join(".");
  // A schema's own message may repeat the value, so that of a secret is not shown.
  const why = secret ? "its value is not valid (it is a secret and not shown)" : issue.message;
  const message = origin === undefined ? `the setting "${key}" is missing` : `the setting "${key}" does not fit: ${why}`;
  const where = origin?.file === undefined ? `${variable} in the environment` : `"${origin.name}" in ${origin.file}`;
  return {
    code: "FL4015",
    severity: "error",
    message,
    place: { ...(origin?.file === undefined ? {} : { file: origin.file }), path },
    ...(origin === undefined || secret ? {} : { value: shortened(origin.text) }),
    remedy: origin === undefined ? `Set ${variable} in the environment, or "${key}" in the file that --config names.` : `Correct ${where}.`,
  };
};

/** The value as it was written, without the password of a URL, and not longer than a line takes. */
const shortened = (text: string): string => {
  const shown = text.replace(/(:\/\/[^:/@\s]*:)[^@\s]*@/g, "$1[hidden]@");
  return shown.length > valueLengthMax ? `${shown.slice(0, valueLengthMax)}...` : shown;
};
