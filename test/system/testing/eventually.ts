/** Waiting for a condition, never for a while: the same as the dev cluster waits with. */
export { eventually } from "@fogline/dev-cluster/patience";
