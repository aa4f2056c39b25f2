/** A rule that operators set; what each kind means is said in `rules.ts`. */
export type PolicyRule =
  | { kind: "battery"; percentMin: number; unlessCharging: boolean }
  | { kind: "temperature"; celsiusMax: number }
  | { kind: "memory-free"; bytesMin: number }
  | { kind: "residency"; residency: string; labels: Record<string, string> }
  | { kind: "image-registry"; allowed: string[] }
  | { kind: "resources"; cpuCoresMax: number; memoryBytesMax: number };

export type PolicyKind = PolicyRule["kind"];

/** A named rule. `refuse` holds the task or node back, `audit` only tells what it would have refused. */
export interface Policy {
  name: string;
  description: string;
  effect: "refuse" | "audit";
  rule: PolicyRule;
  /** Grows by one with every change, from 1. */
  version: number;
}

/** What rules read of a task; `TaskSpec` of the contracts fits. */
export interface PolicyTask {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly image?: string | undefined;
  readonly residency?: string | undefined;
}

/** What rules read of a node; the `Node` of placement fits. `null` where it has no such sensor or it could not be read. */
export interface PolicyNode {
  readonly id: string;
  readonly residency: string | null;
  readonly memoryFreeBytes: number;
  readonly batteryPercent: number | null;
  readonly charging: boolean | null;
  readonly temperatureCelsius: number | null;
}
