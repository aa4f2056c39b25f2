import { imageReference } from "../images.ts";
import type { PodContainer, PodOwner } from "../pods.ts";
import type { TreeRuleCode } from "../rule.ts";

/** A program whose work is to hand the host's devices to pods, and which of the rules it therefore cannot keep. */
interface HostProgram {
  readonly needs: readonly TreeRuleCode[];
  /** For docs/policies.md. */
  readonly why: string;
}

/** By image without tag, and by the program where an image has several. Nothing else is let off: whatever needs the host and is not here wants an exception with a reason. */
export const hostPrograms: Readonly<Record<string, HostProgram>> = {
  "nvcr.io/nvidia/k8s-device-plugin": {
    needs: ["FL2202"],
    why: "the folder in which the kubelet keeps the sockets of device plugins belongs to root",
  },
  "cr.fluentbit.io/fluent/fluent-bit": {
    needs: ["FL2202"],
    why: "the logs that the kubelet keeps of pods belong to root",
  },
  "nvcr.io/nvidia/k8s-device-plugin mps-control-daemon": {
    needs: ["FL2201", "FL2202", "FL2205", "FL2208"],
    why: "it drives the GPU for everybody who shares it through MPS, and mounts the memory that they share",
  },
  "ghcr.io/squat/generic-device-plugin": {
    needs: ["FL2201", "FL2202", "FL2205", "FL2208"],
    why: "it opens the device files of the host to pass them on",
  },
};

/** Whether a container is one of those programs, runs on every machine as such programs do, and has to break this rule for its work. */
export const mustBreak = (code: TreeRuleCode, owner: PodOwner, { image, spec }: PodContainer): boolean => {
  const { name } = imageReference(image);
  const [program] = Array.isArray(spec.command) ? spec.command : [];
  const entry = [`${name} ${String(program)}`, name].find((key) => Object.hasOwn(hostPrograms, key));
  return owner.kind === "DaemonSet" && entry !== undefined && (hostPrograms[entry]?.needs.includes(code) ?? false);
};
