import type { Fleet } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import { agentFolder } from "./agent.ts";
import { bootFiles } from "./boot.ts";
import { certificateUnits } from "./certificates.ts";
import { type HostContext, hostContexts } from "./context.ts";
import { eepromSettings } from "./eeprom.ts";
import { type HostFile, textOf } from "./file.ts";
import { firewallFiles } from "./firewall.ts";
import { k3sConfig } from "./k3s.ts";
import { kubeletDropIn } from "./kubelet.ts";
import { logFiles } from "./logs.ts";
import { memoryFiles } from "./memory.ts";
import { type MeshKeys, meshFiles } from "./mesh/config.ts";
import { powerFiles } from "./power.ts";
import { preflightFiles } from "./preflight.ts";
import { registriesConfig } from "./registries.ts";
import { disabledUnits } from "./services.ts";
import { signInFiles } from "./sign-in.ts";
import { dataDirectories, storageFiles, swapFile } from "./storage.ts";
import { timeFiles } from "./time.ts";

/** The folder that holds the host files of every device, and nothing else. */
export const HOST_FOLDER = "bootstrap/generated";

const makers: readonly ((context: HostContext) => readonly HostFile[])[] = [
  preflightFiles,
  bootFiles,
  storageFiles,
  memoryFiles,
  logFiles,
  timeFiles,
  signInFiles,
  firewallFiles,
  meshFiles,
  powerFiles,
  agentFolder,
  k3sConfig,
  kubeletDropIn,
  registriesConfig,
  certificateUnits,
];

/**
 * The host files of a fleet by path from the repository's root, sorted. Pure: equal fleets give equal text. A device's files depend on itself, its
 * cluster, its workloads and its peers in the mesh, never on another device. With `clusters` only those of their devices.
 */
export const hostFiles = (fleet: Fleet, clusters?: readonly string[], meshKeys: MeshKeys = new Map()): ReadonlyMap<string, string> => {
  const chosen = clusters === undefined ? undefined : new Set<string | undefined>(clusters);
  const contexts = hostContexts(fleet, meshKeys).filter(({ device }) => chosen?.has(device.cluster) ?? true);
  const files = contexts.flatMap((context): [string, string][] => {
    const { id } = context.device;
    const made = makers.flatMap((make) => make(context));
    return [...made, installPlan(context, made)].map((file) => [`${HOST_FOLDER}/${id}/${file.path}`, textOf(id, file)]);
  });
  return new Map(files.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** `install.yaml`: where each file belongs, and what provisioning does beside copying files. */
const installPlan = (context: HostContext, files: readonly HostFile[]): Pick<HostFile, "path" | "from" | "notes" | "body"> => {
  const { device, node } = context;
  const directories = dataDirectories(context);
  const swap = swapFile(context);
  const units = disabledUnits(device);
  const eeprom = eepromSettings(device.host.eeprom);
  const packages = [...new Set(files.flatMap((file) => file.packages ?? []))].toSorted();
  return {
    path: "install.yaml",
    from: "files.ts installPlan",
    notes: ["What provisioning reads: each file here, where it belongs on the machine, and what must happen there before it has an effect."],
    body: yamlText({
      device: device.id,
      hardware: device.hardware,
      role: node === undefined ? "alone" : device.role,
      ...(node === undefined ? {} : { cluster: node.cluster.name }),
      ...(node?.cluster.kubernetes.version === undefined ? {} : { k3s: node.cluster.kubernetes.version }),
      ...(packages.length === 0 ? {} : { packages }),
      ...(directories.length === 0 ? {} : { directories }),
      ...(swap === undefined ? {} : { swap }),
      ...(Object.keys(eeprom).length === 0 ? {} : { eeprom }),
      // Each read would else be a write of its time.
      ...(device.host.ours ? { mountOptions: { "/": ["noatime"] } } : {}),
      ...(units.length === 0 ? {} : { disable: units }),
      files: files.map(({ path, install }) => ({ file: path, ...install })),
    }),
  };
};
