export { breakingChanges } from "./breaking.ts";
export { type PublishedContract, publish } from "./publish.ts";
