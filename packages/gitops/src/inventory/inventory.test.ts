import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { fleetWith } from "../testing/hosts.ts";
import { groupName, inventoryFile } from "./inventory.ts";

interface Inventory {
  readonly all: {
    readonly vars: Readonly<Record<string, string>>;
    readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly children: Readonly<Record<string, { readonly hosts: Readonly<Record<string, object>> }>>;
  };
}

const inventoryOf = (devices: string): Inventory["all"] => (load(inventoryFile(fleetWith(devices))) as Inventory).all;

const plant = `  pi-1: { cluster: main, role: server, hardware: pi-5-8, address: 10.0.0.1 }
  pi-2: { cluster: main, hardware: pi-5-4, address: 10.0.0.2, host: { ssh: { user: admin, port: 2222, jump: "me@gate.demo.example" } } }
  hall: { site: work, hardware: iot-sensor }
  phone: { site: home, hardware: smartphone }
  node: { cluster: rented, role: server, hardware: server }
  box: { cluster: office, role: server, hardware: detected }`;

describe("the inventory of a fleet", () => {
  it("has the devices that get host files, and no others", () => {
    expect(Object.keys(inventoryOf(plant).hosts)).toEqual(["box", "hall", "pi-1", "pi-2"]);
  });

  it("says of a node how it is reached and what it is", () => {
    const { hosts } = inventoryOf(plant);
    expect(hosts["pi-1"]).toEqual({
      ansible_host: "10.0.0.1",
      ansible_port: 22,
      ansible_user: "fogline",
      fogline_device: "pi-1",
      fogline_hardware: "pi-5-8",
      fogline_class: "raspberry-pi",
      fogline_role: "server",
      fogline_cluster: "main",
      fogline_first_server: "pi-1",
      fogline_site: "home",
      fogline_ring: "first",
    });
    expect(hosts["pi-2"]).toMatchObject({
      ansible_port: 2222,
      ansible_user: "admin",
      ansible_ssh_common_args: "{{ fogline_ssh_args }} -o ProxyJump=me@gate.demo.example",
      fogline_role: "agent",
      fogline_first_server: "pi-1",
    });
  });

  it("names a device without an address by the fleet's domain, and leaves out what only a node has", () => {
    expect(inventoryOf(plant).hosts.hall).toEqual({
      ansible_host: "hall.demo.example",
      ansible_port: 22,
      ansible_user: "fogline",
      fogline_device: "hall",
      fogline_hardware: "iot-sensor",
      fogline_class: "iot",
      fogline_role: "alone",
      fogline_site: "work",
      fogline_ring: "first",
    });
  });

  it("trusts only host keys that are written down, under the device's name, for every program that Ansible uses", () => {
    const { vars } = inventoryOf(plant);
    expect(vars.ansible_ssh_common_args).toBe("{{ fogline_ssh_args }}");
    for (const option of ["StrictHostKeyChecking=yes", "HostKeyAlias={{ inventory_hostname }}", "GlobalKnownHostsFile=/dev/null"])
      expect(vars.fogline_ssh_args).toContain(`-o ${option}`);
    expect(vars.fogline_ssh_args).toContain("UserKnownHostsFile={{ inventory_dir }}/../../clusters/facts/known_hosts");
  });

  it("has groups by class, cluster, ring and site, under names that Ansible takes", () => {
    const { children } = inventoryOf(plant);
    expect(Object.fromEntries(Object.entries(children).map(([group, { hosts }]) => [group, Object.keys(hosts)]))).toEqual({
      class_detected: ["box"],
      class_iot: ["hall"],
      class_raspberry_pi: ["pi-1", "pi-2"],
      cluster_main: ["pi-1", "pi-2"],
      cluster_office: ["box"],
      ring_first: ["box", "hall", "pi-1", "pi-2"],
      site_home: ["pi-1", "pi-2"],
      site_work: ["box", "hall"],
    });
    expect(groupName("cluster", "edge-pi")).toBe("cluster_edge_pi");
  });

  it("keeps every line in its order when a device is added, whatever its name", () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((id) => !["pi-1", "pi-2", "hall", "phone", "node", "box"].includes(id));
    const before = inventoryFile(fleetWith(plant)).split("\n");
    fc.assert(
      fc.property(name, fc.constantFrom("cluster: main, hardware: pi-5-8", "site: work, hardware: laptop"), (id, fields) => {
        const after = inventoryFile(fleetWith(`${plant}\n  ${id}: { ${fields} }`)).split("\n");
        let at = 0;
        for (const line of after) if (line === before[at]) at += 1;
        expect(at).toBe(before.length);
      }),
    );
  });
});
