# node_modules as package-lock.json has it: each archive by the URL and the sum that stand there, laid where npm would lay it. So nothing here has a
# sum of its own that somebody must compute after each change. No script of a package runs, as npm is told for this repository too.
{ lib, pkgs }:
let
  lock = builtins.fromJSON (builtins.readFile ../package-lock.json);
  platform = pkgs.stdenv.hostPlatform;
  os = if platform.isDarwin then "darwin" else "linux";
  cpu = if platform.isAarch64 then "arm64" else "x64";

  # npm's words: a name or a list of names, of which some may be refused with `!`.
  fits =
    wanted: named:
    let
      names = lib.toList named;
      refused = builtins.filter (lib.hasPrefix "!") names;
      allowed = builtins.filter (name: !lib.hasPrefix "!" name) names;
    in
    !builtins.elem "!${wanted}" refused && (allowed == [ ] || builtins.elem wanted allowed);

  # Node comes from Nix, and nixpkgs links against glibc.
  isWanted =
    path: entry:
    entry ? integrity
    && fits os (entry.os or [ ])
    && fits cpu (entry.cpu or [ ])
    && fits "glibc" (entry.libc or [ ])
    && !lib.hasPrefix "node_modules/node-linux-" path;

  # Parents before what lies in them.
  paths = lib.sort (a: b: a < b) (lib.attrNames (lib.filterAttrs isWanted lock.packages));
  links = lib.filterAttrs (_: entry: entry.link or false) lock.packages;

  lay =
    path:
    let
      entry = lock.packages.${path};
      archive = pkgs.fetchurl {
        url = entry.resolved;
        hash = entry.integrity;
      };
    in
    "mkdir -p ${lib.escapeShellArg path} && tar -xzf ${archive} --strip-components=1 --no-same-owner -C ${lib.escapeShellArg path}";

  link =
    path: entry:
    "mkdir -p ${lib.escapeShellArg (dirOf path)} && ln -sfn \"$PWD\"/${lib.escapeShellArg entry.resolved} ${lib.escapeShellArg path}";
in
{
  # Lines of a shell that lay it all in the folder of the repository.
  script = lib.concatStringsSep "\n" (map lay paths ++ lib.mapAttrsToList link links);
  inherit paths;
}
