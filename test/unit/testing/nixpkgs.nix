# Stands in for nixpkgs where that cannot be fetched: packages that only have a name, of the names that nixpkgs has (looked up in its
# pkgs/by-name and all-packages.nix), and as much of its lib as the flake uses. What is for Linux alone is refused elsewhere, as nixpkgs does.
let
  everywhere = [
    "age"
    "ansible"
    "ansible-lint"
    "cosign"
    "docker-buildx"
    "docker-client"
    "fluxcd"
    "git"
    "go"
    "k3d"
    "kind"
    "kubectl"
    "kubernetes-helm"
    "kustomize"
    "makeWrapper"
    "nix"
    "nixfmt"
    "nodejs_24"
    "openssh"
    "openssl"
    "podman"
    "postgresql"
    "pulumi"
    "python3"
    "qemu"
    "sops"
    "wireguard-tools"
  ];
  linuxOnly = [
    "buildah"
    "chromium"
    "debootstrap"
    "iproute2"
    "iptables"
    "prometheus"
    "util-linux"
  ];

  fake = name: {
    type = "derivation";
    pname = name;
    outPath = "/fake/${name}";
    drvPath = "/fake/${name}.drv";
  };

  lib = rec {
    genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
    concatMap = builtins.concatMap;
    concatStringsSep = builtins.concatStringsSep;
    attrNames = builtins.attrNames;
    sort = builtins.sort;
    optionals = condition: list: if condition then list else [ ];
    toList = value: if builtins.isList value then value else [ value ];
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    filterAttrs = keep: set: builtins.listToAttrs (concatMap (name: optionals (keep name set.${name}) [ { inherit name; value = set.${name}; } ]) (attrNames set));
    mapAttrsToList = make: set: map (name: make name set.${name}) (attrNames set);
    escapeShellArg = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'";
    cleanSource = path: path;
    licenses.asl20 = "Apache-2.0";
  };

  packagesOf =
    system:
    let
      parts = builtins.match "(x86_64|aarch64)-(linux|darwin)" system;
      isDarwin = builtins.elemAt parts 1 == "darwin";
      hostPlatform = {
        inherit system isDarwin;
        isLinux = !isDarwin;
        isAarch64 = builtins.elemAt parts 0 == "aarch64";
      };
      linux = name: if isDarwin then throw "${name} is not available on ${system}" else fake name;
    in
    lib.genAttrs everywhere fake
    // lib.genAttrs linuxOnly linux
    // {
      pulumiPackages.pulumi-nodejs = fake "pulumi-nodejs";
      pkgsCross.aarch64-multiplatform.stdenv.cc = linux "aarch64-gcc";
      mkShell = args: fake args.name // { inherit (args) packages; };
      runCommand = name: args: text: fake name // { inherit text; inputs = args.nativeBuildInputs; };
      writeText = name: text: fake name // { inherit text; };
      fetchurl = { url, hash }: "/fake/archive/${hash}";
      stdenv = {
        inherit hostPlatform;
        mkDerivation = args: fake args.pname // args // args.passthru or { };
      };
    };
in
{
  inherit lib;
  legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] packagesOf;
}
