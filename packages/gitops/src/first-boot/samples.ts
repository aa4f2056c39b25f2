import { type Device, type Fleet, parseFleet } from "@fogline/fleet";
import type { FirstBootInputs } from "./inputs.ts";

/** A fleet with one machine of each way to boot. */
export const sampleFleet = (extra = ""): Fleet => {
  const text = `fleet: orchard
access: { user: keeper, keys: ["${operatorKey}"] }
rings: { all: {} }
sites:
  farm:
    region: eu-west
    timeZone: Europe/Lisbon
    timeServers: [ntp.orchard.example]
    networks: { 10.9.0.0/23: { gateway: 10.9.0.254, nameservers: [10.9.0.253] }, 10.9.9.0/24: {} }
clusters: { pis: { site: farm, tier: access-edge, ring: all, kubernetes: { version: v1.36.3+k3s1 } } }
devices:
  pi-1: { cluster: pis, hardware: pi-5-8, role: server, address: 10.9.1.4, data: usb-ssd }
  eye: { site: farm, hardware: jetson-orin-nx-16, address: 10.9.9.7, mac: "48:b0:2d:00:00:07", power: 40W }
  box: { site: farm, hardware: server, mac: "12:34:56:10:20:30" }
  tablet: { site: farm, hardware: tablet }
${extra}`;
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(JSON.stringify(findings));
  return fleet;
};

export const operatorKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsSQ5pMyXTp9aHVGGQ1FFGKbT8nz8Ct6kOd5TQDqn0r anna";

export const deviceOf = (fleet: Fleet, id: string): Device => {
  const device = fleet.devices.find((one) => one.id === id);
  if (device === undefined) throw new Error(`no ${id}`);
  return device;
};

export const inputsOf = (id: string, given: Partial<FirstBootInputs> = {}): FirstBootInputs => {
  const fleet = given.fleet ?? sampleFleet();
  return {
    fleet,
    device: deviceOf(fleet, id),
    keys: [operatorKey],
    hostKey: { privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\ncGxhaW4=\n-----END OPENSSH PRIVATE KEY-----\n", publicKey: "ssh-ed25519 AAAAHOST" },
    instance: "0123abcd",
    ...given,
  };
};
