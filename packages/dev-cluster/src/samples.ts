import type { Machine } from "./machines.ts";

/** A Pi 5 with 8 GB as its host files reserve. */
export const samplePi: Machine = {
  name: "pi-1",
  hardware: "pi-5-8",
  architecture: "arm64",
  cpuCores: 4,
  memoryBytes: 8 * 1024 ** 3,
  reservedCores: 1,
  reservedMemoryBytes: 2 * 1024 ** 3,
  labels: { "fogline.dev/class": "raspberry-pi" },
  taints: [{ key: "fogline.dev/role", value: "edge", effect: "NoSchedule" }],
  resources: {},
};

/** A Jetson whose GPU is divided in four. */
export const sampleJetson: Machine = {
  name: "jetson-1",
  hardware: "jetson-orin-nx-16",
  architecture: "arm64",
  cpuCores: 8,
  memoryBytes: 16 * 1024 ** 3,
  reservedCores: 2,
  reservedMemoryBytes: 4 * 1024 ** 3,
  labels: {},
  taints: [],
  resources: { "nvidia.com/gpu": 4 },
};
