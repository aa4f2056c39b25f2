import type { Device, Fleet } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import { type HostContext, hostContexts } from "../host/context.ts";
import { HOST_FOLDER } from "../host/files.ts";
import { generatedMark } from "../render/yaml.ts";
import { knownHostsPath } from "./known-hosts.ts";

/** The inventory of Ansible, made from the fleet. */
export const inventoryPath = `${HOST_FOLDER}/inventory.yaml`;

/** What Ansible knows of one device; names begin with `fogline_` where they are not Ansible's own. */
interface HostVariables {
  readonly ansible_host: string;
  readonly ansible_port: number;
  readonly ansible_user: string;
  readonly ansible_ssh_common_args?: string;
  readonly fogline_device: string;
  readonly fogline_hardware: string;
  readonly fogline_class: string;
  readonly fogline_role: "server" | "agent" | "alone";
  readonly fogline_cluster?: string;
  readonly fogline_first_server?: string;
  readonly fogline_site: string;
  readonly fogline_ring: string;
}

/**
 * Only a key that is written down beforehand is trusted, under the device's name rather than its address: an address that another board took over
 * does not make it the device. `inventory_dir` keeps the path right wherever the repository lies.
 */
const strictly = [
  "-o StrictHostKeyChecking=yes",
  `-o UserKnownHostsFile={{ inventory_dir }}/../../${knownHostsPath}`,
  "-o GlobalKnownHostsFile=/dev/null",
  "-o HostKeyAlias={{ inventory_hostname }}",
  "-o PasswordAuthentication=no",
  "-o KbdInteractiveAuthentication=no",
].join(" ");

/** Where a device is reached: its address, else the name that its cluster's certificate also has. */
export const sshHostOf = ({ id, address }: Pick<Device, "id" | "address">, { domain }: Pick<Fleet, "domain">): string => address ?? `${id}.${domain}`;

/** The class of a device; `detected` before it has reported. */
const classOf = ({ profile }: Device): string => (profile.kind === "known" ? profile.deviceClass : "detected");

/** A name as Ansible takes one for a group. Names of the fleet have no underscore, so two never become one. */
export const groupName = (kind: "cluster" | "ring" | "site" | "class", name: string): string => `${kind}_${name.replaceAll("-", "_")}`;

const variablesOf = ({ fleet, device, node }: HostContext): HostVariables => {
  const { user, port, jump } = device.host.ssh;
  return {
    ansible_host: sshHostOf(device, fleet),
    ansible_port: port,
    ansible_user: user,
    ...(jump === undefined ? {} : { ansible_ssh_common_args: `{{ fogline_ssh_args }} -o ProxyJump=${jump}` }),
    fogline_device: device.id,
    fogline_hardware: device.hardware,
    fogline_class: classOf(device),
    fogline_role: node === undefined ? "alone" : device.role,
    ...(node === undefined ? {} : { fogline_cluster: node.cluster.name, fogline_first_server: node.servers[0].id }),
    fogline_site: device.site,
    fogline_ring: device.ring,
  };
};

/** The groups that a device is in. */
const groupsOf = ({ device, node }: HostContext): readonly string[] => [
  groupName("class", classOf(device)),
  ...(node === undefined ? [] : [groupName("cluster", node.cluster.name)]),
  groupName("ring", device.ring),
  groupName("site", device.site),
];

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * `bootstrap/generated/inventory.yaml`: every device with host files, with what provisioning knows of it, in groups by class, cluster, ring and site.
 * Everything is sorted by name, so a device that is added adds its own lines and moves no other.
 */
export const inventoryFile = (fleet: Fleet): string => {
  const contexts = hostContexts(fleet).toSorted((a, b) => byText(a.device.id, b.device.id));
  const groups = new Map<string, string[]>();
  for (const context of contexts) for (const group of groupsOf(context)) groups.set(group, [...(groups.get(group) ?? []), context.device.id]);
  const inventory = {
    all: {
      vars: {
        fogline_fleet: fleet.name,
        fogline_ssh_args: strictly,
        ansible_ssh_common_args: "{{ fogline_ssh_args }}",
        ansible_python_interpreter: "/usr/bin/python3",
      },
      hosts: Object.fromEntries(contexts.map((context) => [context.device.id, variablesOf(context)])),
      children: Object.fromEntries(
        [...groups].toSorted(([a], [b]) => byText(a, b)).map(([group, ids]) => [group, { hosts: Object.fromEntries(ids.map((id) => [id, {}])) }]),
      ),
    },
  };
  return `${generatedMark}# From packages/gitops/src/inventory/inventory.ts inventoryFile. Whom \`fogline bootstrap\` sets up, and how it reaches them.\n${yamlText(inventory)}`;
};
