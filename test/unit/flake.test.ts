import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "@fogline/cli/doctor-tools";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { findNix } from "../../scripts/tools.ts";

const systems = ["x86_64-linux", "aarch64-linux", "x86_64-darwin", "aarch64-darwin"];
const nix = findNix() ?? "nix-instantiate";
const files = ["flake.nix", ...readdirSync(join(root, "nix")).map((name) => `nix/${name}`)];

/** Evaluates an expression that knows `flake`, `self`, `pkgs.<system>` and `lib`, over packages that only have a name. */
const evaluated = (expression: string) => {
  const known = `let
    nixpkgs = import ${root}/test/unit/testing/nixpkgs.nix;
    inherit (nixpkgs) lib; pkgs = nixpkgs.legacyPackages;
    flake = import ${root}/flake.nix;
    self = flake.outputs { inherit self nixpkgs; };
  in `;
  return spawnSync(nix, ["--eval", "--strict", "--json", "--store", "dummy://", "-E", known + expression], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 ** 2,
  });
};
const read = (expression: string): unknown => {
  const { stdout, stderr, status } = evaluated(expression);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};

type Shells = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

// It has no lock: that is made where nixpkgs can be fetched, docs/development.md.
describe.skipIf(findNix() === undefined)("the flake", () => {
  let shells: Shells;
  const shellOf = (system: string, name: string): readonly string[] => shells[system]?.[name] ?? [];
  beforeAll(() => {
    shells = read("builtins.mapAttrs (_: builtins.mapAttrs (_: shell: map (one: one.pname) shell.packages)) self.devShells") as Shells;
  });

  it.each(files)("has a %s that Nix can read", (file) => {
    expect(() => execFileSync(nix, ["--parse", join(root, file)], { stdio: "pipe" })).not.toThrow();
  });

  it("has three shells, checks, a formatter and the agent for Linux and macOS on both architectures", () => {
    const names = read(
      "{ inherit (flake) description; outputs = builtins.mapAttrs (_: builtins.mapAttrs (_: one: if one ? type then [ one.pname ] else builtins.attrNames one)) self; }",
    ) as { outputs: Record<string, Record<string, string[]>> };
    const everywhere = (value: string[]) => Object.fromEntries(systems.toSorted().map((system) => [system, value]));
    expect(names.outputs).toEqual({
      devShells: everywhere(["ci", "default", "edge"]),
      checks: everywhere(["agent", "formatted"]),
      formatter: everywhere(["nixfmt"]),
      packages: everywhere(["agent", "default"]),
    });
  });

  it.each(systems)("brings on %s what doctor asks for, and doctor asks for what it brings", (system) => {
    const platform = system.endsWith("darwin") ? "darwin" : "linux";
    const asked = tools.filter(({ only = platform }) => only === platform).map((tool) => tool.nix);
    // Doctor runs on the one; the other is a part of Pulumi.
    const known = [...asked, "nodejs_24", "pulumi-nodejs"];
    expect([...shellOf(system, "default")].sort()).toEqual(known.toSorted());
  });

  it("brings kubectl, flux, ansible, helm, docker, podman, buildx, qemu and cross compilers for boards", () => {
    const wanted = ["kubectl", "fluxcd", "ansible", "kubernetes-helm", "docker-client", "podman", "docker-buildx", "qemu"];
    for (const system of systems) expect(shellOf(system, "edge")).toEqual(expect.arrayContaining(wanted));
    for (const system of ["x86_64-linux", "aarch64-linux"]) expect(shellOf(system, "edge")).toContain("aarch64-gcc");
  });

  it("leaves out on macOS what is for Linux alone, which would else not evaluate there", () => {
    for (const name of ["buildah", "util-linux", "chromium", "debootstrap"]) {
      for (const system of systems) expect(shellOf(system, "ci").includes(name), `${name} on ${system}`).toBe(system.endsWith("linux"));
    }
    const { status, stderr } = evaluated("pkgs.x86_64-darwin.buildah.pname");
    expect([status, stderr]).toEqual([1, expect.stringContaining("buildah is not available on x86_64-darwin")]);
  });

  it("does not evaluate with a package that is not there, so that evaluating says something", () => {
    const { status, stderr } = evaluated(
      '(import ./nix/tools.nix { inherit lib; pkgs = removeAttrs pkgs.x86_64-linux [ "fluxcd" ]; }).core'.replace("./nix", `${root}/nix`),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining("'fluxcd' missing")]);
  });

  it("has each shell contain the ones before it", () => {
    for (const system of systems) {
      expect(shellOf(system, "edge")).toEqual(expect.arrayContaining([...shellOf(system, "default")]));
      expect(shellOf(system, "ci")).toEqual(expect.arrayContaining([...shellOf(system, "edge")]));
    }
  });
});

interface Entry {
  readonly integrity?: string;
  readonly link?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

describe.skipIf(findNix() === undefined)("the agent that Nix builds", () => {
  const lock = (JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, Entry> }).packages;
  const modules = (system: string) =>
    read(`{ inherit (self.packages.${system}.agent.modules) paths script; }`) as { paths: string[]; script: string };

  it("has every package of the lockfile that is for any machine, by the sum that stands there", () => {
    const { paths, script } = modules("x86_64-linux");
    const general = Object.entries(lock).filter(([, { integrity, os, cpu }]) => integrity !== undefined && os === undefined && cpu === undefined);
    expect(general.length).toBeGreaterThan(200);
    for (const [path, { integrity = "" }] of general) {
      expect(paths).toContain(path);
      expect(script).toContain(`/fake/archive/${integrity} `);
    }
    for (const [path, { link }] of Object.entries(lock)) if (link) expect(script).toContain(`'${path}'`);
  });

  it.each([
    ["x86_64-linux", "linux-x64"],
    ["aarch64-linux", "linux-arm64"],
    ["x86_64-darwin", "darwin-x64"],
    ["aarch64-darwin", "darwin-arm64"],
  ])("on %s has the esbuild for it and no other", (system, wanted) => {
    const { paths } = modules(system);
    expect(paths.filter((path) => path.startsWith("node_modules/@esbuild/"))).toEqual([`node_modules/@esbuild/${wanted}`]);
    expect(paths.filter((path) => path.startsWith("node_modules/node-linux-"))).toEqual([]);
  });

  it("lays a package before what lies in it", () => {
    const { paths } = modules("x86_64-linux");
    for (const [index, path] of paths.entries()) {
      const parent = path.lastIndexOf("/node_modules/");
      const at = paths.indexOf(path.slice(0, Math.max(parent, 0)));
      expect(at, path).toBeLessThan(index);
    }
  });
});
