import { type Finding, FoglineError, nearest } from "@fogline/findings";
import { z } from "zod";

/** The settings of a stack as Pulumi holds them: texts by key, without the project's name; tables are JSON. */
export interface StackSettings {
  readonly stack: string;
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose value stands in the stack's file for everybody to read. */
  readonly inClear: ReadonlySet<string>;
}

/** The secret settings of stacks. What they hold is looked at by nobody here. */
export const secretSettings = ["ageKey", "sourcePassword", "sourceDockerConfig"] as const;
export type SecretSetting = (typeof secretSettings)[number];

const isSecret = (key: string): key is SecretSetting => secretSettings.some((one) => one === key);

/** Stands for a secret that is there. */
export const secretSetting = z.literal("set");

/** Decoded values; of a secret only that it is there, or that it is empty. */
const decoded = (values: StackSettings["values"]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([key, text]) => {
      if (isSecret(key)) return [key, text.trim() === "" ? "empty" : "set"];
      if (!text.startsWith("{")) return [key, text];
      try {
        return [key, JSON.parse(text)];
      } catch {
        return [key, text];
      }
    }),
  );

/** Something that settings which fit one by one may still have wrong together. */
export interface SettingProblem {
  readonly key: string;
  readonly message: string;
  readonly remedy?: string;
}

/**
 * The settings of a stack. Every problem at once: in shapes, in secrets that are readable, and between settings (`between` gets them as they were
 * written, whether they fit or not). Throws FL3301 with a finding for each.
 */
export const readSettings = <Shape extends z.ZodRawShape>(
  { stack, values, inClear }: StackSettings,
  shape: Shape,
  between: (written: Readonly<Record<string, unknown>>) => readonly SettingProblem[] = () => [],
): z.infer<z.ZodObject<Shape>> => {
  const file = `Pulumi.${stack}.yaml`;
  const finding = ({ key, message, remedy = remedyFor(key) }: SettingProblem): Finding => ({
    ...{ code: "FL3301", severity: "error", message: `${key}: ${message}`, place: { file, path: key }, remedy },
  });
  const written = decoded(values);
  const parsed = z.strictObject(shape).safeParse(written);
  const readable = secretSettings
    .filter((key) => inClear.has(key))
    .map((key) => ({
      key,
      message: "stands in clear in a file that git keeps",
      remedy: `Change the value, then \`pulumi config set --secret ${key}\`.`,
    }));
  const problems = [...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, Object.keys(shape))), ...readable, ...between(written)];
  if (parsed.success && problems.length === 0) return parsed.data;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new FoglineError("FL3301", `the configuration of stack ${stack} has ${count}`, { findings: problems.map(finding) });
};

const problemsOf = (issue: z.core.$ZodIssue, known: readonly string[]): SettingProblem[] => {
  const at = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const meant = at.length === 0 ? nearest(key, known) : undefined;
      const path = [...at, key].join(".");
      const remedy = `\`pulumi config rm --path ${path}\`${meant === undefined ? "" : `; did you mean ${meant}?`}`;
      return { key: path, message: "there is no such setting", remedy };
    });
  }
  const [key = ""] = at;
  return [{ key: at.join("."), message: isSecret(key) ? "is empty" : issue.message }];
};

const remedyFor = (key: string): string => {
  const [top = ""] = key.split(".");
  return isSecret(top) ? `\`pulumi config set --secret ${top}\`, which asks for the value.` : `\`pulumi config set --path ${key} <value>\`.`;
};
