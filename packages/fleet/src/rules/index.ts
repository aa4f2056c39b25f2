import { deviceRules } from "./devices.ts";
import { exceptionRules } from "./exceptions.ts";
import { firstBootRules } from "./first-boot.ts";
import { hostRules } from "./hosts.ts";
import { meshRules } from "./mesh.ts";
import { nameRules } from "./names.ts";
import { nodeRules } from "./nodes.ts";
import { referenceRules } from "./references.ts";
import type { FleetRule } from "./rule.ts";
import { shapeRules } from "./shapes.ts";
import { topologyRules } from "./topology.ts";
import { versionRules } from "./version.ts";
import { workloadRules } from "./workloads.ts";

/** Every rule, one a code: shapes first, then references over whatever parsed. */
export const fleetRules: readonly FleetRule[] = Object.freeze([
  ...versionRules,
  ...shapeRules,
  ...nameRules,
  ...referenceRules,
  ...deviceRules,
  ...firstBootRules,
  ...hostRules,
  ...meshRules,
  ...topologyRules,
  ...nodeRules,
  ...workloadRules,
  ...exceptionRules,
]);
