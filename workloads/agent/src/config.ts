import { powerThresholds, resourceLimits } from "@fogline/device";
import type { Finding } from "@fogline/findings";
import * as z from "zod/mini";

const nodeIdPattern = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/;
const on = ["true", "1", "yes"];

/** Settings arrive as text from the environment and as values from a program: both are taken. */
const flag = (fallback: boolean) =>
  z._default(
    z.union([
      z.boolean(),
      z.pipe(
        z.enum(["true", "false", "1", "0", "yes", "no"]),
        z.transform((text) => on.includes(text)),
      ),
    ]),
    fallback,
  );
/** Each threshold with the next higher one of its kind. */
const ascending = [
  ["batteryCriticalPercent", "batteryLowPercent"],
  ["batteryLowPercent", "batteryConservativePercent"],
  ["warmCelsius", "hotCelsius"],
  ["hotCelsius", "criticalCelsius"],
] as const;

const integer = (fallback: number, min: number, max: number) =>
  z._default(
    z.pipe(
      z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d{1,12}$/, "a whole number")), z.transform(Number))]),
      z.int().check(z.gte(min), z.lte(max)),
    ),
    fallback,
  );
const percent = (fallback: number) => integer(fallback, 0, 100);
const celsius = (fallback: number) => integer(fallback, 0, 150);

const Settings = z.object({
  /** Where the hub takes agents, like wss://hub.example:8091/agent. Default: as the enrolment token said. */
  hubUrl: z._default(z.string().check(z.regex(/^(wss:\/\/\S+)?$/, "an address that begins with wss://")), ""),
  /** The node's id in the fleet. Default: as the enrolment token said. */
  nodeId: z._default(z.string().check(z.regex(nodeIdPattern, "lower case letters, digits and dashes, at most 63")), ""),
  /** The one-time token of `fogline device enrol`, until the device has an identity. Never printed. Default: none. */
  enrolmentToken: z._default(z.string(), ""),
  /** A file that holds the token, for services whose environment others can read; it may be missing once the token was used. Default: none. */
  enrolmentTokenFile: z._default(z.string(), ""),
  /** Holds the device's identity, the agent's database, its lock, and the working folders of executions. One agent per folder. */
  dataFolder: z._default(z.string().check(z.minLength(1)), ".fogline/agent"),
  /** Interval of heartbeats until the hub says otherwise, in milliseconds, 100 to an hour; set in the fleet file it is what the hub says. Default 30 000. */
  heartbeatMs: integer(30_000, 100, 3_600_000),
  /** The longest pause between two attempts to reach the hub, in milliseconds, 500 to an hour; pauses double up to it. Default 15 000. */
  retryMsMax: integer(15_000, 500, 3_600_000),
  /** Executions that run at once until the hub says otherwise, 0 to 1000; more wait. Default 5. */
  tasksMax: integer(5, 0, 1000),
  /** Keeps running when the program that started it ends. Default false: then the agent ends with its standard input. */
  asService: flag(false),
  /** Unix socket for /healthz and /metrics. Default: none. */
  socketPath: z._default(z.string(), ""),
  /** Says that the hardware is made up. Default false. */
  simulated: flag(false),
  /** Address on which peers of the site confirm that this agent lives; empty for none. Default 127.0.0.1. */
  probeHost: z._default(z.string(), "127.0.0.1"),
  /**
   * Whether people may have a shell here from afar, or restart the machine: `never`, `ask` (while somebody here allows it with `fogline agent
   * allow-shell`), `always`, or `by-class`: `ask` on laptops, desktops, phones and tablets, `always` on the rest. Default by-class.
   */
  remoteShell: z._default(z.enum(["by-class", "never", "ask", "always"]), "by-class"),
  /** What restarts the machine when the hub asks for it, words separated by spaces. Default systemctl reboot. */
  rebootCommand: z._default(z.string().check(z.minLength(1)), "systemctl reboot"),
  /** Charge at which the device is in critical power mode and starts nothing, charging or not, in percent, 0 to 100. Default 10. */
  batteryCriticalPercent: percent(powerThresholds.batteryCriticalPercent),
  /** Charge at which a device that does not charge saves power, in percent, above the one before. Default 20. */
  batteryLowPercent: percent(powerThresholds.batteryLowPercent),
  /** Charge at which the device leaves its performance mode, in percent, above the one before. Default 40. */
  batteryConservativePercent: percent(powerThresholds.batteryConservativePercent),
  /** CPU temperature from which the device leaves its performance mode, in degrees Celsius, 0 to 150. Default 45. */
  warmCelsius: celsius(powerThresholds.warmCelsius),
  /** CPU temperature from which the device saves power, in degrees Celsius, above the one before. Default 55. */
  hotCelsius: celsius(powerThresholds.hotCelsius),
  /** CPU temperature from which the device is in critical power mode and starts nothing, in degrees Celsius, above the one before. Default 65. */
  criticalCelsius: celsius(powerThresholds.criticalCelsius),
  /** Mean CPU use of ten seconds above which no further execution starts beside one that runs, in percent; 100 is no limit. Default 80. */
  cpuPercentMax: percent(resourceLimits.cpuPercentMax),
  /** Memory use above which nothing starts, in percent; 100 is no limit. Default 85. */
  memoryPercentMax: percent(resourceLimits.memoryPercentMax),
  /** Disk use above which nothing starts, in percent; 100 is no limit. Default 90. */
  diskPercentMax: percent(resourceLimits.diskPercentMax),
  /** Free memory below which nothing starts, in bytes, on devices that have more than that in all; 0 is no limit. Default 1 GiB. */
  memoryFreeBytesMin: integer(resourceLimits.memoryFreeBytesMin, 0, 999_999_999_999),
});

/**
 * What an agent can be told at its start. In the environment: FOGLINE_AGENT_ and the name in upper snake case (FOGLINE_AGENT_HUB_URL).
 * Thresholds of one kind ascend.
 */
export const AgentConfig = Settings.check(
  ...ascending.map(([lower, higher]) =>
    z.refine<z.output<typeof Settings>>((settings) => settings[lower] < settings[higher], {
      path: [higher],
      error: `must be above ${lower}`,
      // Also while another setting is missing or wrong: all problems are told at once.
      when: ({ value }) => {
        const settings = value as Partial<z.output<typeof Settings>> | null | undefined;
        return Number.isInteger(settings?.[lower]) && Number.isInteger(settings?.[higher]);
      },
    }),
  ),
);
export type AgentConfig = z.output<typeof AgentConfig>;

const prefix = "FOGLINE_AGENT_";
const secrets = new Set(["enrolmentToken"]);
const environmentName = (setting: string): string => prefix + setting.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const settingNames = Object.keys(AgentConfig.shape);

/** Reads the settings from an environment: all problems at once, with the variable's name. Secrets are never part of a finding. */
export const configFromEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
): { readonly ok: true; readonly value: AgentConfig } | { readonly ok: false; readonly failure: readonly Finding[] } => {
  const known = new Map(settingNames.map((name) => [environmentName(name), name]));
  const raw: Record<string, string> = {};
  const findings: Finding[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || value === undefined) continue;
    const name = known.get(variable);
    if (name !== undefined) raw[name] = value;
    else
      findings.push({
        code: "FL4015",
        severity: "error",
        message: `${variable} is not a setting`,
        remedy: `The settings are ${[...known.keys()].join(", ")}.`,
      });
  }
  const parsed = AgentConfig.safeParse(raw);
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? "");
    const value = raw[name];
    findings.push({
      code: "FL4015",
      severity: "error",
      message: `${environmentName(name)}: ${value === undefined && issue.code !== "custom" ? "is needed" : issue.message}`,
      ...(value === undefined || secrets.has(name) ? {} : { value }),
    });
  }
  if (parsed.success && findings.length === 0) return { ok: true, value: parsed.data };
  return { ok: false, failure: findings };
};
