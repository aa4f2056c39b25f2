/**
 * `npm run tools`: builds what some suites and measurements try our own work against and npm does not have, into `.cache/tools`: a Kubernetes control
 * plane with nodes that only look real, Flux and its operator, a registry, SOPS with age, kustomize, a certificate authority that speaks ACME, Docker
 * Compose, a NATS server. Every program is built by `go build` in its own module below `tools/`, because their dependencies disagree with each
 * other; the files beside a program (custom resources, stages) come from the same modules. A module is built again when its files change.
 * `npm run tools -- kubernetes sops` builds those two alone, and only so is built what is optional. Needs Go; about ten minutes on two cores the first time.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, exit, env as processEnv, stdout } from "node:process";
import { root } from "./root.ts";
import { toolsFolder } from "./tools.ts";

interface Module {
  /** The folder below `tools/` that has its versions and sums; default that of its own name. */
  readonly versions?: string;
  /** Names of programs, and the packages that they are built from. */
  readonly programs: Readonly<Record<string, string>>;
  /** Values of variables that the linker sets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A file that a published module lacks and its code embeds: the module, the path in it, and the text that stands there instead. */
  readonly lacking?: readonly [module: string, path: string, text: string];
  /** Files that a published module has under another name than its code embeds: the module, then the path that is there and the one that is not. */
  readonly copied?: readonly [module: string, ...paths: readonly (readonly [there: string, lacking: string])[]];
  /** Only built when it is asked for by name. */
  readonly optional?: true;
  /** What is copied out of a module's folder: where it lies below `.cache/tools`, then the module and the path in it. */
  readonly files?: Readonly<Record<string, readonly [module: string, path: string]>>;
}

const kubernetesVersion = "1.36.3";
const version = "k8s.io/component-base/version";
const pulumiVersion = "3.274.1";
const kubernetesProvider = "github.com/pulumi/pulumi-kubernetes/provider/v4";

const modules: Readonly<Record<string, Module>> = {
  kubernetes: {
    programs: Object.fromEntries(
      ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => [name, `k8s.io/kubernetes/cmd/${name}`]),
    ),
    // Without a version, clients refuse the server.
    variables: {
      [`${version}.gitVersion`]: `v${kubernetesVersion}`,
      [`${version}.gitMajor`]: "1",
      [`${version}.gitMinor`]: kubernetesVersion.split(".")[1] ?? "",
      [`${version}.gitTreeState`]: "clean",
    },
  },
  etcd: { programs: { etcd: "go.etcd.io/etcd/server/v3" } },
  kwok: { programs: { kwok: "sigs.k8s.io/kwok/cmd/kwok" }, files: { "kwok-stages": ["sigs.k8s.io/kwok", "kustomize/stage"] } },
  "source-controller": { programs: { "source-controller": "github.com/fluxcd/source-controller" } },
  "kustomize-controller": { programs: { "kustomize-controller": "github.com/fluxcd/kustomize-controller" } },
  "flux-operator": {
    programs: { "flux-operator": "github.com/controlplaneio-fluxcd/flux-operator/cmd/operator" },
    // Its web page is built in a step of its own; nobody looks at it here.
    lacking: ["github.com/controlplaneio-fluxcd/flux-operator", "web/dist/index.html", "<!doctype html>"],
    files: {
      "flux-operator-crds": ["github.com/controlplaneio-fluxcd/flux-operator", "config/crd/bases"],
      "flux-distribution": ["github.com/controlplaneio-fluxcd/flux-operator", "config/data"],
    },
  },
  // Its own manifest, as the release makes it of these: `kustomize build flux-operator-config/default`.
  "flux-operator-manifest": {
    versions: "flux-operator",
    programs: {},
    files: {
      "flux-operator-config/default": ["github.com/controlplaneio-fluxcd/flux-operator", "config/default"],
      "flux-operator-config/crd": ["github.com/controlplaneio-fluxcd/flux-operator", "config/crd"],
      "flux-operator-config/manager": ["github.com/controlplaneio-fluxcd/flux-operator", "config/manager"],
    },
  },
  "cert-manager": { programs: {}, files: { "cert-manager-crds": ["github.com/cert-manager/cert-manager", "deploy/crds"] } },
  registry: { programs: { registry: "github.com/distribution/distribution/v3/cmd/registry" } },
  // Verifies what a release signs. Takes as long as all the others together, and one test asks it.
  cosign: { optional: true, programs: { cosign: "github.com/sigstore/cosign/v3/cmd/cosign" } },
  sops: {
    programs: { sops: "github.com/getsops/sops/v3/cmd/sops", age: "filippo.io/age/cmd/age", "age-keygen": "filippo.io/age/cmd/age-keygen" },
  },
  kustomize: { programs: { kustomize: "sigs.k8s.io/kustomize/kustomize/v5" } },
  // What stacks run with, for test/system/pulumi.test.ts. Whoever has a release of Pulumi on PATH needs none of them.
  pulumi: {
    optional: true,
    programs: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
  },
  // Later ones are modules of their own, of which no version is published.
  "pulumi-language-nodejs": {
    optional: true,
    programs: { "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
  },
  "pulumi-kubernetes": {
    optional: true,
    programs: { "pulumi-resource-kubernetes": `${kubernetesProvider}/cmd/pulumi-resource-kubernetes` },
    variables: { [`${kubernetesProvider}/pkg/version.Version`]: "v4.0.0-20260115033456" },
    copied: [
      kubernetesProvider,
      ["cmd/pulumi-resource-kubernetes/schema.json", "cmd/pulumi-resource-kubernetes/schema-embed.json"],
      ["cmd/pulumi-resource-kubernetes/terraform-mapping.json", "cmd/pulumi-resource-kubernetes/terraform-mapping-embed.json"],
    ],
  },
  // Reads the configuration that `fogline dev up` writes; its node image is no module.
  kind: { optional: true, programs: { kind: "sigs.k8s.io/kind" } },
  pebble: { programs: { pebble: "github.com/letsencrypt/pebble/v2/cmd/pebble" } },
  "docker-compose": {
    programs: { "docker-compose": "github.com/docker/compose/v2/cmd" },
    variables: { "github.com/docker/compose/v2/internal.Version": "v2.40.3" },
  },
  "nats-server": { programs: { "nats-server": "github.com/nats-io/nats-server/v2" } },
};

// A module may ask for a newer Go than the one at hand; Go fetches that as a module too.
const env = { ...processEnv, GOTOOLCHAIN: "auto", CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -trimpath" };

/** Where the versions and sums of what is built are. */
const versionsOf = (name: string): string => join(root, "tools", modules[name]?.versions ?? name);

/** What a build depends on: when it is the same, so is what was built. */
const stampOf = (name: string, module: Module): string => {
  const hash = createHash("sha256").update(JSON.stringify(module));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(versionsOf(name), file)));
  return hash.digest("hex");
};

const isBuilt = (name: string, module: Module): boolean => {
  const stamp = join(toolsFolder, `${name}.stamp`);
  const made = [...Object.keys(module.programs), ...Object.keys(module.files ?? {})];
  return existsSync(stamp) && readFileSync(stamp, "utf8") === stampOf(name, module) && made.every((file) => existsSync(join(toolsFolder, file)));
};

/** Puts a whole file or folder where the old one was, so that a build that is cut off leaves no half. */
const replace = (from: string, to: string): void => {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
};

/** The folder of a module that `tools/<name>` depends on, in the version and with the sum that stand there. */
const folderOf = (name: string, module: string): string => {
  const answer = execFileSync("go", ["mod", "download", "-json", module], { cwd: versionsOf(name), env, encoding: "utf8" });
  return (JSON.parse(answer) as { Dir: string }).Dir;
};

/** The flags with which Go takes a module out of a copy that has what the published one lacks. The copy is made in `folder`. */
const completed = (name: string, { lacking, copied }: Module, folder: string): string[] => {
  const module = lacking?.[0] ?? copied?.[0];
  if (module === undefined) return [];
  const [copy, list] = [join(folder, "completed"), join(folder, "completed.mod")];
  cpSync(folderOf(name, module), copy, { recursive: true });
  execFileSync("chmod", ["-R", "u+w", copy]);
  if (lacking !== undefined) {
    const [, path, text] = lacking;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  for (const [there, missing] of copied?.slice(1) ?? []) cpSync(join(copy, there ?? ""), join(copy, missing ?? ""));
  cpSync(join(versionsOf(name), "go.mod"), list);
  cpSync(join(versionsOf(name), "go.sum"), join(folder, "completed.sum"));
  execFileSync("go", ["mod", "edit", `-replace=${module}=${copy}`, list], { env });
  return ["-modfile", list];
};

const build = (name: string, module: Module): void => {
  const cwd = versionsOf(name);
  const made = join(toolsFolder, "being-built");
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  const flags = ["-s", "-w", ...Object.entries(module.variables ?? {}).map(([variable, value]) => `-X ${variable}=${value}`)].join(" ");
  for (const [program, path] of Object.entries(module.programs)) {
    execFileSync("go", ["build", ...completed(name, module, made), "-ldflags", flags, "-o", join(made, program), path], {
      cwd,
      env,
      stdio: "inherit",
    });
    replace(join(made, program), join(toolsFolder, program));
  }
  for (const [folder, [from, path]] of Object.entries(module.files ?? {})) {
    // The module cache is read-only, and a copy that is would be hard to replace.
    cpSync(join(folderOf(name, from), path), join(made, folder), { recursive: true });
    execFileSync("chmod", ["-R", "u+w", join(made, folder)]);
    replace(join(made, folder), join(toolsFolder, folder));
  }
  rmSync(made, { recursive: true });
  writeFileSync(join(toolsFolder, `${name}.stamp`), stampOf(name, module));
};

const chosen = argv.slice(2);
const unknown = chosen.filter((name) => modules[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no module ${unknown.join(", ")} below tools/. fix: name some of ${Object.keys(modules).join(", ")}`);
  exit(2);
}
const present = readdirSync(join(root, "tools"));
for (const [name, module] of Object.entries(modules)) {
  if (!present.includes(module.versions ?? name)) throw new Error(`tools/${name} is missing`);
  if (chosen.length > 0 ? !chosen.includes(name) : module.optional) continue;
  if (isBuilt(name, module)) continue;
  stdout.write(`tools/${name} ...`);
  const began = performance.now();
  build(name, module);
  console.log(` ${Math.round((performance.now() - began) / 1000)} s`);
}
console.log(`built in ${toolsFolder}`);
