// For dependency-cruiser's own command line (graphs, single files). The table of who may import whom is in scripts/import-rules.ts.
export { default } from "./scripts/import-rules.ts";
