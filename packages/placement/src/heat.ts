import type { ThermalState } from "@fogline/device";
import type { Part } from "./profile.ts";

/** What heat leaves of a score. Not knowing counts like hot. */
export const heatFactors: { readonly [State in ThermalState]: number } = Object.freeze({
  normal: 1,
  warm: 0.9,
  hot: 0.5,
  critical: 0.1,
  unknown: 0.5,
});

/** Multiplies a score by how hot the node is; both profiles have it last. */
export const heat: Part = {
  name: "heat",
  kind: "factor",
  of: (_, { thermalState, temperatureCelsius }) => {
    const value = heatFactors[thermalState];
    if (thermalState === "normal") return { value };
    return { value, reason: temperatureCelsius === null ? `temperature ${thermalState}` : `${thermalState}: ${Math.round(temperatureCelsius)} C` };
  },
};
