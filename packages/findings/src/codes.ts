import { artifactCodes } from "./codes/artifacts.ts";
import { bootstrapCodes } from "./codes/bootstrap.ts";
import { changeCodes } from "./codes/change.ts";
import { dayZeroCodes } from "./codes/day-zero.ts";
import { devClusterCodes } from "./codes/dev-cluster.ts";
import { firstBootCodes } from "./codes/first-boot.ts";
import { fleetCodes } from "./codes/fleet.ts";
import { nodeCodes } from "./codes/nodes.ts";
import { policyCodes } from "./codes/policy.ts";
import { preflightCodes } from "./codes/preflight.ts";
import { remoteCodes } from "./codes/remote.ts";
import { runtimeCodes } from "./codes/runtime.ts";
import { secretCodes } from "./codes/secrets.ts";
import { systemCodes } from "./codes/system.ts";
import { treeCodes } from "./codes/tree.ts";

/** What to do with a failure: `stall` until a person acts, `wait` for something to change, `retry` soon. */
export type Handling = "stall" | "wait" | "retry";

/** One documented code. Codes are never reused; `docs/errors.md` is generated from this table and a test compares both. */
export interface CodeEntry {
  readonly title: string;
  /** What the reader should do, in general; a finding carries the particular remedy. */
  readonly remedy: string;
  readonly handling: Handling;
  /** HTTP status when the code leaves over HTTP; absent for findings that never do. */
  readonly status?: number;
  /** Set where no exception of the fleet file may silence it: what it names would fail, or do harm, whatever anybody decides. */
  readonly exception?: "never";
}

/** Every code of the product. FL1xxx fleet file, FL2xxx policy, FL3xxx rendered tree, FL4xxx running services, FL5xxx change risks. */
export const codes = {
  ...fleetCodes,
  ...policyCodes,
  ...treeCodes,
  ...secretCodes,
  ...artifactCodes,
  ...dayZeroCodes,
  ...devClusterCodes,
  ...preflightCodes,
  ...bootstrapCodes,
  ...runtimeCodes,
  ...firstBootCodes,
  ...nodeCodes,
  ...systemCodes,
  ...remoteCodes,
  ...changeCodes,
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
