import { fleetJsonSchema } from "@fogline/fleet";
import { fleetText, type NewRepository } from "./fleet.ts";
import { checkWorkflowText, diffWorkflowText, flakeText, gitattributesText, gitignoreText, pulumiText } from "./machinery.ts";
import { chartsText, packageText, tsconfigText } from "./package.ts";
import { readmeText } from "./readme.ts";

/** The files of a user's own repository by path, sorted. Pure: the tree is rendered afterwards, as after every change. */
export const newRepositoryFiles = (repository: NewRepository): ReadonlyMap<string, string> =>
  new Map([
    [".gitattributes", gitattributesText],
    [".github/workflows/check.yml", checkWorkflowText],
    [".github/workflows/diff.yml", diffWorkflowText],
    [".gitignore", gitignoreText],
    ["Pulumi.yaml", pulumiText(repository)],
    ["README.md", readmeText(repository)],
    ["charts.ts", chartsText],
    ["clusters/fleet.schema.json", fleetJsonSchema()],
    ["clusters/fleet.yaml", fleetText(repository)],
    ["flake.nix", flakeText(repository)],
    ["package.json", packageText(repository)],
    ["tsconfig.json", tsconfigText],
  ]);
