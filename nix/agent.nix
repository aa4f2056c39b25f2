# The agent of a device: the bundle that the container images have too, and a program that starts it with the Node it is made for.
{ lib, pkgs }:
let
  inherit (builtins.fromJSON (builtins.readFile ../packages/cli/package.json)) version;
  modules = import ./node-modules.nix { inherit lib pkgs; };
  # As a file: it is longer than a variable of a build may be.
  layModules = pkgs.writeText "lay-node-modules" modules.script;
in
pkgs.stdenv.mkDerivation {
  pname = "fogline-agent";
  inherit version;
  src = lib.cleanSource ../.;
  nativeBuildInputs = [
    pkgs.nodejs_24
    pkgs.makeWrapper
  ];
  dontConfigure = true;
  buildPhase = ''
    runHook preBuild
    . ${layModules}
    node scripts/bundle-agent.ts bundle
    runHook postBuild
  '';
  installPhase = ''
    runHook preInstall
    mkdir -p $out/lib/fogline-agent $out/bin
    cp -r bundle/. $out/lib/fogline-agent/
    makeWrapper ${pkgs.nodejs_24}/bin/node $out/bin/fogline-agent --add-flags $out/lib/fogline-agent/main.mjs
    runHook postInstall
  '';
  passthru = { inherit modules; };
  meta = {
    description = "The agent of Fogline on a device";
    license = lib.licenses.asl20;
    mainProgram = "fogline-agent";
  };
}
