/** A program that is not Fogline's and that some command or job needs. */
export interface Tool {
  /** Its name on PATH. */
  readonly name: string;
  /** Asks its version, on standard output or error. */
  readonly args: readonly string[];
  /** The first version that will do; any where it is not said. */
  readonly least?: string;
  /** Without it nothing works; otherwise only what `needed` says. */
  readonly required?: true;
  /** What needs it, after "needed". */
  readonly needed: string;
  /** How else than by Nix it comes, after "or". */
  readonly remedy: string;
  /** The package in nix/tools.nix that brings it. */
  readonly nix: string;
  /** Where it is of use, when that is not everywhere. */
  readonly only?: NodeJS.Platform;
  /** Why it does not answer although it is there. */
  readonly silent?: string;
}

const debian = (...packages: readonly string[]): string => `apt-get install ${packages.join(" ")}`;

/** Every program, in the order in which a fleet meets it. test/unit/flake.test.ts compares it with the shell that `nix develop` opens. */
export const tools: readonly Tool[] = [
  {
    name: "git",
    args: ["--version"],
    least: "2.34",
    required: true,
    needed: "everywhere: the fleet lives in a git repository",
    remedy: debian("git"),
    nix: "git",
  },
  {
    ...{ name: "docker", args: ["version", "--format", "{{.Server.Version}}"], nix: "docker-client", silent: "is not running" },
    ...{ needed: "for tasks with an image, `fogline dev up` and `npm run compose`", remedy: "docs.docker.com/engine/install" },
  },
  { name: "kind", args: ["version"], least: "0.27", needed: "for `fogline dev up`, which has --embedded", remedy: "kind.sigs.k8s.io", nix: "kind" },
  { name: "k3d", args: ["version"], least: "5.6", needed: "for `fogline dev up --k3d`", remedy: "k3d.io", nix: "k3d" },
  {
    ...{ name: "setpriv", args: ["--version"], only: "linux", nix: "util-linux" },
    ...{ needed: "for `fogline dev up --embedded`: its programs end with it", remedy: debian("util-linux") },
  },
  { name: "openssl", args: ["version"], least: "3.0", needed: "for `fogline dev up --embedded`", remedy: debian("openssl"), nix: "openssl" },
  {
    name: "go",
    args: ["version"],
    least: "1.26",
    needed: "for `npm run tools`, which builds the embedded dev cluster",
    remedy: "go.dev/dl",
    nix: "go",
  },
  {
    name: "kubectl",
    args: ["version", "--client"],
    least: "1.30",
    needed: "for `fogline dev up` and to look into clusters",
    remedy: "kubernetes.io/docs/tasks/tools",
    nix: "kubectl",
  },
  {
    name: "pulumi",
    args: ["version"],
    least: "3.270",
    needed: "for `pulumi up` and `fogline dev up`",
    remedy: "see docs/day-zero.md",
    nix: "pulumi",
  },
  {
    ...{ name: "ansible-playbook", args: ["--version"], least: "2.16", nix: "ansible" },
    ...{ needed: "to set up devices", remedy: "npm run install:ansible" },
  },
  {
    name: "ansible-lint",
    args: ["--version", "--nocolor"],
    needed: "to change the roles of bootstrap/ansible",
    remedy: "pip install ansible-lint",
    nix: "ansible-lint",
  },
  { name: "ssh", args: ["-V"], needed: "to set up devices", remedy: debian("openssh-client"), nix: "openssh" },
  { name: "wg", args: ["--version"], needed: "to look into WireGuard by hand", remedy: debian("wireguard-tools"), nix: "wireguard-tools" },
  { name: "flux", args: ["--version"], least: "2.6", needed: "to look into Flux by hand", remedy: "fluxcd.io/flux/installation", nix: "fluxcd" },
  { name: "kustomize", args: ["version"], least: "5.0", needed: "to build a tree by hand", remedy: "kubectl.docs.kubernetes.io", nix: "kustomize" },
  {
    name: "helm",
    args: ["version", "--short"],
    least: "3.14",
    needed: "to look into the cloud's charts by hand",
    remedy: "helm.sh/docs/intro/install",
    nix: "kubernetes-helm",
  },
  { name: "sops", args: ["--version"], least: "3.8", needed: "to open secrets without Fogline", remedy: "getsops.io", nix: "sops" },
  { name: "age", args: ["--version"], needed: "to make keys without Fogline", remedy: debian("age"), nix: "age" },
  { name: "buildah", args: ["--version"], least: "1.28", only: "linux", needed: "for `npm run images`", remedy: debian("buildah"), nix: "buildah" },
  { name: "podman", args: ["--version"], needed: "to run images without a daemon", remedy: debian("podman"), nix: "podman" },
  {
    name: "docker-buildx",
    args: ["version"],
    needed: "to build images of one's own for boards",
    remedy: "docs.docker.com/build/install-buildx",
    nix: "docker-buildx",
  },
  {
    name: "nix",
    args: ["--version"],
    least: "2.18",
    needed: "for `nix develop`, which brings all of these",
    remedy: "nixos.org/download",
    nix: "nix",
  },
];

/** The numbers of a version, as far as it has them. */
const numbersOf = (version: string): number[] => version.split(".").map(Number);

/** Whether a version is at least another one: numbers, the first that differs decides. */
export const isAtLeast = (version: string, least: string): boolean => {
  const [have, want] = [numbersOf(version), numbersOf(least)];
  for (const [index, number] of want.entries()) {
    const own = have[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
};

/** The first thing in a text that looks like a version, such as `1.36.3` in `Client Version: v1.36.3`. */
export const versionIn = (text: string): string | undefined => /(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
