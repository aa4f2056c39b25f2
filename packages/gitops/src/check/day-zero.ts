import { fluxNamespace, identityOf } from "@fogline/manifests";
import { fluxOperatorObjects } from "../hand-over/operator.ts";
import { planHandOver } from "../hand-over/plan.ts";

/** A hand-over of some cluster with all that there can be. What its values are does not matter here. */
const everything = planHandOver({
  cluster: "any",
  ageKey: "",
  login: { stringData: {} },
  treeKey: "",
  operator: fluxOperatorObjects,
  instance: { apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance", metadata: { name: "flux", namespace: fluxNamespace } },
});

/** What day 0 creates and keeps. The FluxInstance is not among it: day 0 applies the tree's own file once and hands it over. */
export const dayZeroIdentities: ReadonlySet<string> = new Set(
  everything.filter(({ keptBy }) => keptBy === "day-0").map(({ object }) => identityOf(object)),
);
