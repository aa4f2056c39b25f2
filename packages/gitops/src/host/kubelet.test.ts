import { forWorkloads, hardware, hardwareNames, type KnownHardware } from "@fogline/fleet";
import { GIBIBYTE, MEBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fleetWith, yamlFile } from "../testing/hosts.ts";
import { reservationsOf } from "./kubelet.ts";

const nodes: readonly KnownHardware[] = hardwareNames.map((name) => hardware[name]).filter((profile) => profile.kind === "known");

const dropIn = (fields: string, cluster = "main") =>
  yamlFile(fleetWith(`  one: { cluster: ${cluster}, role: server, ${fields} }`), "one", "k3s/kubelet.conf.d/10-fogline.conf");

/** Fields of KubeletConfiguration in kubelet.config.k8s.io/v1beta1 that we may use. */
const documented = [
  ...["apiVersion", "kind", "kubeReserved", "systemReserved", "evictionHard", "maxPods", "containerLogMaxSize", "containerLogMaxFiles"],
  ...["imageGCHighThresholdPercent", "imageGCLowThresholdPercent", "imageMinimumGCAge", "serializeImagePulls", "nodeStatusUpdateFrequency"],
  ...["failSwapOn", "memorySwap", "shutdownGracePeriod", "shutdownGracePeriodCriticalPods"],
];

const sumOf = (profile: KnownHardware): number => {
  const { kubeMemoryBytes, systemMemoryBytes, evictionBytes } = reservationsOf(profile);
  return kubeMemoryBytes + systemMemoryBytes + evictionBytes + forWorkloads(profile).memoryBytes;
};

describe("reservations", () => {
  it.each(nodes)("of $name, eviction's margin and what workloads get are all the memory and all the cores", (profile) => {
    const { kubeMillicores, systemMillicores } = reservationsOf(profile);
    expect(sumOf(profile)).toBe(profile.memoryBytes);
    expect(kubeMillicores + systemMillicores + forWorkloads(profile).cpuCores * 1000).toBe(profile.cpuCores * 1000);
  });

  it("add up whatever the fleet file reserves, and none is negative", () => {
    const sizes = fc.record({ memory: fc.integer({ min: 300, max: 8000 }), millicores: fc.integer({ min: 1, max: 3999 }) });
    fc.assert(
      fc.property(sizes, ({ memory, millicores }) => {
        const fields = `hardware: pi-5-8, host: { reserved: { memory: ${memory}MiB, cpu: ${millicores}m } }`;
        const [device] = fleetWith(`  one: { cluster: main, role: server, ${fields} }`).devices;
        if (device?.profile.kind !== "known") throw new Error("a Pi is known");
        const amounts = reservationsOf(device.profile);
        expect(sumOf(device.profile)).toBe(8 * GIBIBYTE);
        expect(amounts.kubeMillicores + amounts.systemMillicores).toBe(millicores);
        for (const amount of Object.values(amounts)) expect(amount).toBeGreaterThanOrEqual(0);
        expect(amounts.evictionBytes).toBeGreaterThanOrEqual(64 * MEBIBYTE);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the kubelet's settings", () => {
  it("of a Pi 5 with 8 GB keep 2 GB and a core from pods", () => {
    expect(dropIn("hardware: pi-5-8")).toEqual({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      kubeReserved: { cpu: "500m", memory: "896Mi" },
      systemReserved: { cpu: "500m", memory: "896Mi" },
      evictionHard: { "memory.available": "256Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%", "imagefs.available": "10%" },
      containerLogMaxSize: "5Mi",
      containerLogMaxFiles: 2,
      imageGCHighThresholdPercent: 85,
      imageGCLowThresholdPercent: 80,
      imageMinimumGCAge: "24h",
      serializeImagePulls: true,
      nodeStatusUpdateFrequency: "20s",
      failSwapOn: false,
      memorySwap: { swapBehavior: "LimitedSwap" },
      shutdownGracePeriod: "30s",
      shutdownGracePeriodCriticalPods: "10s",
    });
  });

  it("follow the medium, the line, the swap and what is stated", () => {
    expect(dropIn("hardware: pi-5-8, data: usb-ssd, host: { zram: 0%, kubelet: { maxPods: 40 } }", "office")).toMatchObject({
      containerLogMaxSize: "10Mi",
      containerLogMaxFiles: 3,
      nodeStatusUpdateFrequency: "10s",
      imageMinimumGCAge: "1h",
      memorySwap: { swapBehavior: "NoSwap" },
      maxPods: 40,
    });
  });

  it("reserve nothing on a machine whose memory is not known", () => {
    expect(dropIn("hardware: detected")).not.toHaveProperty("systemReserved");
  });

  it.each(hardwareNames.filter((name) => hardware[name].kubernetes))("of %s have documented fields only", (name) => {
    const fields = Object.keys(dropIn(`hardware: ${name}, host: { kubelet: { maxPods: 50 } }`));
    expect(fields.filter((field) => !documented.includes(field))).toEqual([]);
  });
});
