import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceCapabilities } from "@fogline/contracts/device";
import * as z from "zod/mini";
import type { AgentConfig } from "../config.ts";

type RemoteShell = AgentConfig["remoteShell"];

/** A laptop in the field is somebody's, a board on a wall is nobody's: as in the host files of the fleet. */
const byClass: Readonly<Record<DeviceCapabilities["deviceClass"], "ask" | "always">> = {
  smartphone: "ask",
  tablet: "ask",
  laptop: "ask",
  desktop: "ask",
  "raspberry-pi": "always",
  jetson: "always",
  iot: "always",
  server: "always",
};

/** Consent is for a while: whoever gave it may have forgotten it by then. */
export const consentMsMax = 86_400_000;

const Consent = z.object({ untilMs: z.int() });
const fileName = "shell-consent.json";

export const writeConsent = (dataFolder: string, untilMs: number): void =>
  writeFileSync(join(dataFolder, fileName), `${JSON.stringify({ untilMs })}\n`, { mode: 0o600 });

export const removeConsent = (dataFolder: string): void => rmSync(join(dataFolder, fileName), { force: true });

/** Until when the device's user lets people in; undefined when nobody said so. */
const readConsent = (dataFolder: string): number | undefined => {
  try {
    return Consent.parse(JSON.parse(readFileSync(join(dataFolder, fileName), "utf8"))).untilMs;
  } catch {
    return undefined;
  }
};

/** Why nobody may have a shell now; undefined when somebody may. */
export const consentRefusal = (
  setting: RemoteShell,
  deviceClass: DeviceCapabilities["deviceClass"],
  untilMs: number | undefined,
  nowMs: number,
): string | undefined => {
  const rule = setting === "by-class" ? byClass[deviceClass] : setting;
  if (rule === "always") return undefined;
  if (rule === "never") return "its settings say that nobody gets a shell (FOGLINE_AGENT_REMOTE_SHELL=never)";
  if (untilMs === undefined) return `it is a ${deviceClass}, and nobody there has allowed it`;
  if (untilMs - nowMs > consentMsMax) return "the consent that was given there is for longer than a day, which a clock that was set back may do";
  return untilMs > nowMs ? undefined : "the consent that was given there has ended";
};

/** Looks at the consent as it is now. */
export const consentOf =
  (options: {
    readonly setting: RemoteShell;
    readonly deviceClass: DeviceCapabilities["deviceClass"];
    readonly dataFolder: string;
    readonly now: () => number;
  }) =>
  (): string | undefined =>
    consentRefusal(options.setting, options.deviceClass, readConsent(options.dataFolder), options.now());
