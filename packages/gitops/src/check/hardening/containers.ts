import { type Loose, mappingAt } from "../../tree/loose.ts";
import { containerTitle, type PodContainer, type PodOwner } from "../pods.ts";
import type { Objection, TreeRule, TreeRuleCode } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** What a container and its pod say about security; what the container says goes before. */
interface Stated {
  readonly container: Loose;
  readonly pod: Loose;
  readonly either: (field: string) => unknown;
}

/**
 * What Fogline's own charts put onto nodes to serve the node, with the rules that this cannot keep. The kubelet's folder of plugin sockets is root's,
 * and whoever hands out device files must be allowed to open them. Each keeps every other rule.
 */
const nodeDuties: readonly { readonly name: RegExp; readonly codes: readonly TreeRuleCode[] }[] = [
  { name: /^DaemonSet fogline-nodes\/nvidia-device-plugin-[a-z0-9-]+$/, codes: ["FL2202"] },
  { name: /^DaemonSet fogline-nodes\/device-files$/, codes: ["FL2201", "FL2202", "FL2205", "FL2208"] },
];

const isDuty = (title: string, code: TreeRuleCode): boolean => nodeDuties.some(({ name, codes }) => name.test(title) && codes.includes(code));

const everyContainer =
  (code: TreeRuleCode, judge: (stated: Stated) => string | undefined) =>
  ({ pods }: Subject): Objection[] =>
    pods.flatMap((owner) =>
      owner.containers.flatMap((container) => {
        const says = isDuty(owner.title, code) ? undefined : judge(statedBy(owner, container));
        return says === undefined ? [] : [{ about: owner, message: `${containerTitle(owner, container)} ${says}` }];
      }),
    );

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
  {
    code: "FL2201",
    severity: "error",
    why: "A privileged container is root on its machine: whoever takes it over has the machine, its disk and its network.",
    check: everyContainer("FL2201", ({ container }) => (container.privileged === true ? "is privileged" : undefined)),
  },
  {
    code: "FL2202",
    severity: "error",
    why: "A hole in the container runtime makes root inside root outside. Almost no program needs to be root.",
    check: everyContainer("FL2202", asRoot),
  },
  {
    code: "FL2203",
    severity: "error",
    why: "Whoever gets in can put programs down and keep them. On flash media it is also writing that nobody planned for.",
    check: everyContainer("FL2203", ({ container }) => (container.readOnlyRootFilesystem === true ? undefined : "can write to its image")),
  },
  {
    code: "FL2204",
    severity: "error",
    why: "Without a profile every system call of the kernel is open to the container, and kernels of boards are updated rarely.",
    check: everyContainer("FL2204", (stated) => {
      const { type } = mappingAt(stated.either("seccompProfile"));
      return type === "RuntimeDefault" || type === "Localhost" ? undefined : "has no seccomp profile";
    }),
  },
  {
    code: "FL2205",
    severity: "error",
    why: "A setuid program in the image would undo running as an ordinary user.",
    check: everyContainer("FL2205", ({ container }) => (container.allowPrivilegeEscalation === false ? undefined : "may gain privileges")),
  },
  {
    code: "FL2208",
    severity: "error",
    why: "Capabilities are root in slices; the usual set still lets a container forge packets and read files of others.",
    check: everyContainer("FL2208", capabilities),
  },
];
