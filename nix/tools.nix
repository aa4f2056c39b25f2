# What a developer, a site and the continuous integration need beside npm, in groups. `fogline doctor` asks for the same
# programs; a test compares both (test/unit/flake.test.ts).
{ lib, pkgs }:
let
  # Nobody has made these for macOS: they need a kernel of Linux, or a compiler that nixpkgs builds there alone.
  onLinux = lib.optionals pkgs.stdenv.hostPlatform.isLinux;
in
{
  core = [
    pkgs.nodejs_24
    pkgs.git
    pkgs.openssh
    pkgs.kubectl
    pkgs.fluxcd
    pkgs.kustomize
    pkgs.kubernetes-helm
    pkgs.ansible
    pkgs.ansible-lint
    pkgs.pulumi
    # The host of the language that stacks are written in.
    pkgs.pulumiPackages.pulumi-nodejs
    pkgs.sops
    pkgs.age
    pkgs.nix
    pkgs.wireguard-tools
    # Clusters of this machine.
    pkgs.kind
    pkgs.k3d
    # The embedded one: npm run tools builds it.
    pkgs.go
    pkgs.openssl
  ]
  ++ onLinux [ pkgs.util-linux ];

  containers = [
    pkgs.docker-client
    pkgs.docker-buildx
    pkgs.podman
  ]
  ++ onLinux [ pkgs.buildah ];

  # Images and programs for boards, made and run on another architecture. The simulators of devices are the repository's own: npm start.
  edge = [
    pkgs.qemu
  ]
  ++ onLinux [
    pkgs.pkgsCross.aarch64-multiplatform.stdenv.cc
    pkgs.debootstrap
  ];

  # What the suites build and ask: npm run tools, the browser, the database.
  ci = [
    pkgs.cosign
    pkgs.postgresql
    pkgs.python3
  ]
  ++ onLinux [
    pkgs.chromium
    pkgs.prometheus
    pkgs.iptables
    pkgs.iproute2
  ];
}
