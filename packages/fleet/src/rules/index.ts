import type { FleetRule } from "./rule.ts";
import { shapeRules } from "./shapes.ts";

/** Every rule, in the order in which its findings are worth reading. */
export const fleetRules: readonly FleetRule[] = Object.freeze([...shapeRules]);
