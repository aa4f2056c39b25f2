import { type Loose, mappingAt } from "../../tree/loose.ts";
import { containerTitle, type PodContainer, type PodOwner } from "../pods.ts";
import type { TreeRule, TreeRuleCode } from "../rule.ts";
import { mustBreak } from "./host-programs.ts";

/** What a container and its pod say about security; what the container says goes before. */
interface Stated {
  readonly container: Loose;
  readonly pod: Loose;
  readonly either: (field: string) => unknown;
}

const rule = (code: TreeRuleCode, why: string, judge: (stated: Stated) => string | undefined): TreeRule => ({
  code,
  severity: "error",
  why,
  check: ({ pods }) =>
    pods.flatMap((owner) =>
      owner.containers.flatMap((container) => {
        const says = mustBreak(code, owner, container) ? undefined : judge(statedBy(owner, container));
        return says === undefined ? [] : [{ about: owner, message: `${containerTitle(owner, container)} ${says}` }];
      }),
    ),
});

const statedBy = (owner: PodOwner, { spec }: PodContainer): Stated => {
  const container = mappingAt(spec.securityContext);
  const pod = mappingAt(owner.spec.securityContext);
  return { container, pod, either: (field) => container[field] ?? pod[field] };
};

const allowedCapabilities = new Set(["NET_BIND_SERVICE"]);

const capabilities = ({ container }: Stated): string | undefined => {
  const { add, drop } = mappingAt(container.capabilities);
  const added = Array.isArray(add) ? add.map(String).filter((name) => !allowedCapabilities.has(name)) : [];
  if (added.length > 0) return `adds ${added.join(", ")}`;
  return Array.isArray(drop) && drop.includes("ALL") ? undefined : "does not drop all capabilities";
};

const asRoot = ({ either }: Stated): string | undefined => {
  if (either("runAsUser") === 0) return "runs as user 0";
  return either("runAsNonRoot") === true ? undefined : "does not say that it must not run as root";
};

/** What containers must not be allowed, by the Pod Security Standard "restricted" and a little beyond. */
export const containerRules: readonly TreeRule[] = [
  rule(
    "FL2201",
    "A privileged container is root on its machine: whoever takes it over has the machine, its disk and its network.",
    ({ container }) => (container.privileged === true ? "is privileged" : undefined),
  ),
  rule("FL2202", "A hole in the container runtime makes root inside root outside. Almost no program needs to be root.", asRoot),
  rule(
    "FL2203",
    "Whoever gets in can put programs down and keep them. On flash media it is also writing that nobody planned for.",
    ({ container }) => (container.readOnlyRootFilesystem === true ? undefined : "can write to its image"),
  ),
  rule(
    "FL2204",
    "Without a profile every system call of the kernel is open to the container, and kernels of boards are updated rarely.",
    (stated) => {
      const { type } = mappingAt(stated.either("seccompProfile"));
      return type === "RuntimeDefault" || type === "Localhost" ? undefined : "has no seccomp profile";
    },
  ),
  // A privileged container has them already, and Kubernetes refuses it with the word that it may not gain any.
  rule("FL2205", "A setuid program in the image would undo running as an ordinary user.", ({ container }) =>
    container.allowPrivilegeEscalation === false || container.privileged === true ? undefined : "may gain privileges",
  ),
  rule("FL2208", "Capabilities are root in slices; the usual set still lets a container forge packets and read files of others.", capabilities),
];
