import { imageReference } from "../images.ts";
import type { PodContainer, PodOwner } from "../pods.ts";
import type { TreeRuleCode } from "../rule.ts";

/** A program whose work is to hand the host's devices to pods, and which of the rules it therefore cannot keep. */
interface HostProgram {
  readonly needs: readonly TreeRuleCode[];
  /** For docs/policies.md. */
  readonly why: string;
}

/** By image without tag. Nothing else is let off: whatever needs the host and is not here wants an exception with a reason. */
export const hostPrograms: Readonly<Record<string, HostProgram>> = {
  "nvcr.io/nvidia/k8s-device-plugin": {
    needs: ["FL2202"],
    why: "the folder in which the kubelet keeps the sockets of device plugins belongs to root",
  },
  "ghcr.io/squat/generic-device-plugin": {
    needs: ["FL2201", "FL2202", "FL2205", "FL2208"],
    why: "it opens the device files of the host to pass them on",
  },
};

/** Whether a container is one of those programs, runs on every machine as such programs do, and has to break this rule for its work. */
export const mustBreak = (code: TreeRuleCode, owner: PodOwner, { image }: PodContainer): boolean => {
  const { name } = imageReference(image);
  return owner.kind === "DaemonSet" && Object.hasOwn(hostPrograms, name) && (hostPrograms[name]?.needs.includes(code) ?? false);
};
