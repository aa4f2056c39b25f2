export { HOST_FOLDER, hostFiles } from "./host/files.ts";
export { type EmbeddedWorkload, type Interpreted, interpret, type NotEnforced, type Runnable } from "./reconcile/interpret.ts";
export { planReconcile, type ReconcileStep } from "./reconcile/plan.ts";
export { type DesiredTree, type Layer, readTree, type TreeFiles } from "./reconcile/read.ts";
export { differences } from "./render/difference.ts";
export { environmentName } from "./render/environment.ts";
export { type Rendered, type RenderInputs, render } from "./render/render.ts";
export type { ClusterTree, TreeFolder, TreeObject } from "./tree/tree.ts";
export { type Cause, type Why, type WhyQuestion, why } from "./why/why.ts";
