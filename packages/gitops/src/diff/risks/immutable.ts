import { immutableChanges } from "../api-server/immutable.ts";
import { placeOf, type RiskRule, risk } from "./risk.ts";

/** A change that the server refuses. Flux tries everything of a Kustomization first, so what else it holds waits as well. */
export const immutableField: RiskRule = (change) =>
  change.pairs.flatMap((pair) => {
    const { before, after, name } = pair;
    if (before === undefined || after === undefined || (pair.change !== "refused" && pair.change !== "recreated")) return [];
    const paths = immutableChanges(before.object, after.object);
    if (paths.length === 0) return [];
    const fields = `${name} changes ${paths.join(", ")}`;
    const place = placeOf(change, after);
    if (pair.change === "recreated") {
      return [risk(change, "FL5003", "warning", `${fields}, which is fixed: Flux deletes it and creates it anew, as it is told to`, place)];
    }
    const waits = after.owner === undefined ? "" : `; Kustomization ${after.owner.name} applies nothing until then`;
    return [risk(change, "FL5003", "error", `${fields}, which is fixed once it exists${waits}`, place)];
  });
