import type { NewRepository } from "./fleet.ts";

/** Pulumi.yaml: how \`pulumi\` runs a program in this repository. */
export const pulumiText = ({ name }: NewRepository): string => `# How Pulumi runs what must exist before Flux: registry, clusters, the first sync.
# State: this version of Fogline brings no program yet, so infrastructure/stacks/ does not exist and \`pulumi up\` says that it cannot find it.
# Checking, rendering and reviewing the fleet do not need Pulumi. Until then this file only fixes where the program will be and how it runs.
name: ${JSON.stringify(name)}
description: What must exist before Flux can reconcile the fleet ${name}.
main: infrastructure/stacks/
runtime:
  name: nodejs
  options:
    # Node 24 runs TypeScript itself.
    typescript: false
`;

/** flake.nix: a shell with the tools that work on the repository needs. */
export const flakeText = ({ name }: NewRepository): string => `{
  description = "Tools for the fleet ${name}";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      forEachSystem = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ];
    in
    {
      devShells = forEachSystem (
        system:
        let
          pkgs = nixpkgs.legacyPackages.\${system};
        in
        {
          default = pkgs.mkShell {
            packages = [
              pkgs.nodejs_24 # runs fogline and charts.ts
              pkgs.fluxcd # asks a cluster what it reconciles
              pkgs.kubectl
              pkgs.sops # encrypts clusters/secrets/
              pkgs.age # the keys for that
              pkgs.ansible # provisions devices
              pkgs.pulumi # what must exist before Flux
              pkgs.pulumiPackages.pulumi-nodejs
            ];
          };
        }
      );
    };
}
`;

const workflow = (name: string, on: string, steps: string): string => `name: ${name}

on:
${on}
permissions:
  contents: read

concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}
  cancel-in-progress: true

jobs:
  ${name}:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
          fetch-depth: 0
      - uses: actions/setup-node@v5
        with:
          node-version: 24
          cache: npm
      - run: npm ci
${steps}`;

/** .github/workflows/check.yml: nothing is merged that does not check, or whose tree was not rendered. */
export const checkWorkflowText = workflow(
  "check",
  "  push:\n    branches: [main]\n  pull_request:\n",
  "      - run: npm run check\n      - run: npm run render:check\n",
);

/** .github/workflows/diff.yml: what a pull request would change, in the summary of its run. */
export const diffWorkflowText = workflow(
  "diff",
  "  pull_request:\n",
  `      - env:
          BASE: \${{ github.base_ref }}
        run: npx fogline diff "origin/$BASE" >> "$GITHUB_STEP_SUMMARY"
`,
);

/** .gitignore: what belongs to one machine, and keys that must never be committed. */
export const gitignoreText = `node_modules/
# The state of a hub that runs here, with its tokens and keys.
.fogline/
# Private keys. What is encrypted with SOPS under clusters/secrets/ is committed.
*.agekey
*.key
*.pem
keys.txt
# Pulumi's settings with a secret in clear, should there be one.
Pulumi.*.secret.yaml
`;

/** .gitattributes: equal bytes on every system, and generated files folded away in reviews. */
export const gitattributesText = `* text=auto eol=lf
clusters/*/apps/** linguist-generated
clusters/*/configs/** linguist-generated
clusters/*/controllers/** linguist-generated
clusters/*/flux-system/** linguist-generated
clusters/fleet.schema.json linguist-generated
bootstrap/generated/** linguist-generated
`;
