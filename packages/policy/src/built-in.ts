import { powerThresholds } from "@fogline/device";
import type { Policy } from "./policy.ts";

/** The policies that a new installation starts with, in order. Operators may replace or remove them. */
export const builtInPolicies: readonly Policy[] = Object.freeze([
  {
    name: "mobile-careful",
    description: "Devices with a battery below 20 % get no tasks unless they charge.",
    effect: "refuse",
    rule: { kind: "battery", percentMin: powerThresholds.batteryLowPercent, unlessCharging: true },
    version: 1,
  },
  {
    name: "cool",
    description: "Devices at 65 C or above get no tasks until they have cooled down.",
    effect: "refuse",
    rule: { kind: "temperature", celsiusMax: powerThresholds.criticalCelsius },
    version: 1,
  },
  {
    name: "personal-data",
    description: "Tells when a task labelled data=personal would leave the European Union; set its effect to refuse to enforce that.",
    effect: "audit",
    rule: { kind: "residency", residency: "eu", labels: { data: "personal" } },
    version: 1,
  },
] satisfies Policy[]);
