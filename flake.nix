{
  description = "Fogline: one fleet file in, a running fog out";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEach = make: lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      # nix develop, nix develop .#edge, nix develop .#ci: what is in each is a table, nix/tools.nix.
      devShells = forEach (
        pkgs:
        let
          tools = import ./nix/tools.nix { inherit lib pkgs; };
          shell =
            name: groups:
            pkgs.mkShell {
              name = "fogline-${name}";
              packages = lib.concatMap (group: tools.${group}) groups;
            };
        in
        {
          default = shell "default" [
            "core"
            "containers"
          ];
          edge = shell "edge" [
            "core"
            "containers"
            "edge"
          ];
          ci = shell "ci" [
            "core"
            "containers"
            "edge"
            "ci"
          ];
        }
      );

      # nix build .#agent: the agent of a device as one file, with the Node that runs it.
      packages = forEach (
        pkgs:
        let
          agent = import ./nix/agent.nix { inherit lib pkgs; };
        in
        {
          inherit agent;
          default = agent;
        }
      );

      # nix flake check: that the agent builds, and that the Nix files are formatted.
      checks = forEach (pkgs: {
        agent = self.packages.${pkgs.stdenv.hostPlatform.system}.agent;
        formatted = pkgs.runCommand "fogline-formatted" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
          nixfmt --check ${./flake.nix} ${./nix}/*.nix
          touch $out
        '';
      });

      # nix fmt
      formatter = forEach (pkgs: pkgs.nixfmt);
    };
}
