import { nameOf } from "@fogline/manifests";
import { mappingAt, textsIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import { documentIn } from "../../tree/yaml-text.ts";
import { landingPlaces } from "../machines.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** Whether a text is a configuration of NVIDIA's device plugin that shares through MPS. */
const sharesThroughMps = (text: string): boolean => {
  if (!text.includes("mps")) return false;
  try {
    return Object.keys(mappingAt(documentIn(text), "sharing", "mps")).length > 0;
  } catch {
    // Whatever is no YAML is no configuration of the plugin.
    return false;
  }
};

const configures = ({ object }: TreeObject): boolean => object.kind === "ConfigMap" && Object.values(textsIn(object.data)).some(sharesThroughMps);

const mpsOnTegra = ({ objects, pods, machines }: Subject): Objection[] => {
  const boards = machines.filter(({ profile }) => profile?.deviceClass === "jetson");
  const [board] = boards;
  if (board === undefined) return [];
  const why = `${board.device.id} is a ${board.device.hardware}: its driver has no NVML, which the MPS daemon of the device plugin needs`;
  const configs = objects.filter(configures).map((about) => ({ about, message: `${nameOf(about.object)} shares the GPU through MPS, and ${why}` }));
  const daemons = pods
    .filter(({ containers }) =>
      containers.some(({ image, spec }) => /mps-control-daemon/.test(`${image} ${[spec.command, spec.args].flat().join(" ")}`)),
    )
    .filter((owner) => landingPlaces(owner, machines).some((machine) => boards.includes(machine)))
    .map((about) => ({ about, message: `${about.title} runs the MPS daemon, and ${why}` }));
  return [...configs, ...daemons];
};

/** What can be wrong with how a GPU is shared. */
export const gpuRules: readonly TreeRule[] = [
  {
    code: "FL2115",
    severity: "error",
    why: "The MPS daemon of NVIDIA's device plugin manages GPUs through NVML only, and Tegra has no such manager (k8s-device-plugin issue 1412). The plugin starts, advertises nothing, and every pod that wants a GPU stays pending. Time-slicing is honoured there.",
    check: mpsOnTegra,
  },
];
