import type { Architecture } from "@fogline/device";
import type { Tier } from "@fogline/fleet";

/** What placement reads of a task; `TaskSpec` of the contracts fits. */
export interface Task {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly gpu: boolean;
  readonly inputBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Set when it runs in a container. */
  readonly image?: string | undefined;
  readonly node?: string | undefined;
  readonly site?: string | undefined;
  readonly tiers?: readonly Tier[] | undefined;
  readonly architecture?: Architecture | undefined;
  readonly residency?: string | undefined;
}
