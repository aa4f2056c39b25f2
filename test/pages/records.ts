import type { DeviceState, GitOpsStatus, NodeRecord, PlacementExplanation, TaskRecord } from "@fogline/contracts";

const GiB = 1024 ** 3;

/** A sample, with what a test says of it. */
export const stateOf = (nowMs: number, change: Partial<DeviceState> = {}): DeviceState => ({
  sampledAtMs: nowMs,
  uptimeMs: 7_200_000,
  cpuPercent: 12,
  memoryAvailableBytes: 5 * GiB,
  storageFreeBytes: 40 * GiB,
  temperatureCelsius: 48,
  batteryPercent: null,
  charging: null,
  networkBandwidthMbps: 940,
  networkLatencyMs: 3,
  powerMode: "performance",
  thermalState: "normal",
  ...change,
});

/** A Raspberry Pi that is online, with what a test says of it. */
export const nodeOf = (id: string, nowMs: number, change: Partial<NodeRecord> = {}): NodeRecord => ({
  id,
  site: "plant-7",
  region: "eu-central",
  cluster: "edge-pi",
  tier: "access-edge",
  ring: "stable",
  hardware: "pi-5-8",
  connectivity: "factory-lte",
  residency: "eu",
  availability: 0.99,
  labels: {},
  status: "online",
  statusSinceMs: nowMs - 840_000,
  reason: "it said hello",
  draining: false,
  simulated: true,
  agentVersion: "0.1.0",
  bootId: "boot-1",
  capabilities: {
    architecture: "arm64",
    deviceClass: "raspberry-pi",
    model: "Raspberry Pi 5 Model B",
    operatingSystem: "Debian 12",
    kernel: "6.6.31",
    cpuCores: 4,
    memoryBytes: 8 * GiB,
    storageBytes: 64 * GiB,
    batteryPowered: false,
    features: ["containers"],
    networkInterfaces: [{ name: "eth0", kind: "ethernet", speedMbps: 1000 }],
  },
  state: stateOf(nowMs - 1_000),
  executions: [],
  metrics: null,
  lastSeenAtMs: nowMs - 1_000,
  version: 1,
  ...change,
});

const capable = (change: Partial<NonNullable<NodeRecord["capabilities"]>>): NonNullable<NodeRecord["capabilities"]> => {
  const { capabilities } = nodeOf("any", 0);
  if (capabilities === null) throw new Error("a device of the tests has capabilities");
  return { ...capabilities, ...change };
};

/** Nine devices at two sites, all online. */
export const fleetOf = (nowMs: number): NodeRecord[] => {
  const jetson = { cluster: "edge-jetson", tier: "metro-edge" as const, ring: "canary", hardware: "jetson-orin-nx-16" };
  const orin = capable({
    deviceClass: "jetson",
    model: "Jetson Orin NX 16GB",
    cpuCores: 8,
    memoryBytes: 16 * GiB,
    gpu: { model: "Ampere, 1024 cores", count: 1 },
  });
  const loose = { cluster: null, ring: null };
  return [
    nodeOf("this-machine", nowMs, {
      site: "headquarters",
      cluster: "dev",
      tier: "cloud",
      ring: "canary",
      hardware: "detected",
      connectivity: "always",
      simulated: false,
      capabilities: capable({ architecture: "amd64", deviceClass: "server", model: "Server", cpuCores: 2, memoryBytes: 31 * GiB }),
      state: stateOf(nowMs - 600, { cpuPercent: 34, memoryAvailableBytes: 22 * GiB, temperatureCelsius: null, thermalState: "unknown" }),
    }),
    nodeOf("jetson-1", nowMs, {
      ...jetson,
      capabilities: orin,
      state: stateOf(nowMs - 900, { cpuPercent: 61, temperatureCelsius: 66, thermalState: "warm" }),
    }),
    nodeOf("jetson-2", nowMs, { ...jetson, capabilities: orin, state: stateOf(nowMs - 700, { cpuPercent: 22, temperatureCelsius: 47 }) }),
    nodeOf("pi-1", nowMs, { state: stateOf(nowMs - 400, { cpuPercent: 7, temperatureCelsius: 44 }) }),
    nodeOf("pi-2", nowMs, { state: stateOf(nowMs - 300, { cpuPercent: 18, temperatureCelsius: 51 }), executions: ["t-81.1"] }),
    nodeOf("pi-3", nowMs, { state: stateOf(nowMs - 500, { cpuPercent: 3, temperatureCelsius: 43 }) }),
    nodeOf("field-laptop", nowMs, {
      ...loose,
      hardware: "laptop",
      capabilities: capable({
        architecture: "amd64",
        deviceClass: "laptop",
        model: "Laptop",
        cpuCores: 8,
        memoryBytes: 16 * GiB,
        batteryPowered: true,
      }),
      state: stateOf(nowMs - 200, { cpuPercent: 15, memoryAvailableBytes: 9 * GiB, batteryPercent: 83, charging: true }),
    }),
    nodeOf("gate-phone", nowMs, {
      ...loose,
      hardware: "smartphone",
      capabilities: capable({ deviceClass: "smartphone", model: "Smartphone", cpuCores: 8, memoryBytes: 6 * GiB, batteryPowered: true }),
      state: stateOf(nowMs - 100, { cpuPercent: 9, batteryPercent: 18, charging: false, powerMode: "power-save", memoryAvailableBytes: 2 * GiB }),
    }),
    nodeOf("hall-sensor", nowMs, {
      ...loose,
      tier: "iot",
      hardware: "iot-sensor",
      capabilities: capable({ architecture: "arm", deviceClass: "iot", model: "Sensor board", cpuCores: 1, memoryBytes: GiB / 2, features: [] }),
      state: stateOf(nowMs - 100, {
        ...{ cpuPercent: 2, temperatureCelsius: 31, batteryPercent: 96, charging: false },
        ...{ powerMode: "balanced" as const, memoryAvailableBytes: 0.375 * GiB },
      }),
    }),
  ];
};

/** What the scheduler says of a task that found a place. */
export const placementOf = (nowMs: number): PlacementExplanation => ({
  decidedAtMs: nowMs,
  profile: "fog",
  chosen: "pi-2",
  candidates: [
    {
      node: "pi-2",
      score: 1.2,
      parts: [
        { name: "power", kind: "factor", value: 1.2, reason: "mains" },
        { name: "heat", kind: "factor", value: 1 },
        { name: "free", kind: "points", value: 1 },
      ],
    },
    {
      node: "jetson-1",
      score: 0.97,
      parts: [
        { name: "power", kind: "factor", value: 1.2, reason: "mains" },
        { name: "heat", kind: "factor", value: 0.9, reason: "warm: 66 °C" },
        { name: "free", kind: "points", value: 0.9 },
      ],
    },
  ],
  refused: [
    {
      node: "gate-phone",
      refusal: { rule: "power", message: "gate-phone has 18 % battery and does not charge; tasks need 20 %", facts: { batteryPercent: 18 } },
    },
    {
      node: "hall-sensor",
      refusal: { rule: "memory", message: "the task needs 2048 MiB, hall-sensor has 369 MiB free", facts: { needsBytes: 2 * GiB } },
    },
  ],
});

/** A task that runs on pi-2, with what a test says of it. */
export const taskOf = (id: string, nowMs: number, change: Partial<TaskRecord> = {}, command: string[] = ["python3", "detect.py"]): TaskRecord => ({
  id,
  spec: {
    ...{ command, env: {}, cpuCores: 0.5, memoryBytes: 2 * GiB, gpu: false, processesMax: 64, timeoutMs: 600_000, outputBytesMax: 16_384 },
    ...{ inputBytes: 0, priority: 5, duplicates: "allowed" as const, attemptsMax: 3, restart: "never" as const, profile: "fog" as const, labels: {} },
  },
  status: "running",
  reason: "runs on pi-2, the best of 2",
  attempt: 1,
  node: "pi-2",
  executionId: `${id}.1`,
  placement: placementOf(nowMs),
  result: null,
  createdAtMs: nowMs - 42_000,
  startedAtMs: nowMs - 40_000,
  finishedAtMs: null,
  version: 1,
  ...change,
});

/** One task that runs, one that waits, one that succeeded and one that failed. */
export const tasksOf = (nowMs: number): TaskRecord[] => {
  const ended = (id: string, ageMs: number, change: Partial<TaskRecord>, exitCode: number, stdout: string, command: string[]) =>
    taskOf(
      id,
      nowMs - ageMs,
      {
        finishedAtMs: nowMs - ageMs + 3_000,
        result: {
          ...{ executionId: `${id}.1`, node: change.node ?? "pi-2", outcome: "exited", exitCode, signal: null, stdout, stderr: "" },
          ...{ outputTruncated: false, message: null, finishedAtMs: nowMs - ageMs + 3_000 },
        },
        ...change,
      },
      command,
    );
  return [
    taskOf("t-81", nowMs),
    taskOf(
      "t-82",
      nowMs,
      {
        ...{ status: "queued", node: null, executionId: null, startedAtMs: null, createdAtMs: nowMs - 12_000, attempt: 0 },
        reason: "needs a GPU: 0 of 9 nodes have one free; 2 full of tasks",
        placement: {
          ...placementOf(nowMs),
          ...{ chosen: null, candidates: [] },
          refused: ["jetson-1", "jetson-2", "pi-1"].map((node) => ({
            node,
            refusal: { rule: "gpu", message: `task needs 1 GPU, ${node} ${node.startsWith("pi") ? "has none" : "has 0 of 1 free"}`, facts: {} },
          })),
        },
      },
      ["./train", "--epochs", "4"],
    ),
    ended(
      "t-80",
      300_000,
      { status: "succeeded", reason: "exited with code 0 on this-machine", node: "this-machine" },
      0,
      "Linux fog 6.6.31 x86_64 GNU/Linux\n",
      ["uname", "-a"],
    ),
    ended("t-79", 900_000, { status: "failed", reason: "exited with code 2 on jetson-1", node: "jetson-1" }, 2, "", ["./calibrate", "--camera", "3"]),
  ];
};

export const gitOpsOf = (nowMs: number): GitOpsStatus => ({
  cluster: "dev",
  appliedRevision: "4f2a91c0d7be55aa01f3c2f6d1e0b9a8c7d6e5f4",
  appliedAtMs: nowMs - 840_000,
  attemptedRevision: "4f2a91c0d7be55aa01f3c2f6d1e0b9a8c7d6e5f4",
  watching: false,
  refused: [],
  workloads: ["agent", "gateway", "orchestrator", "policy", "scheduler"].map((name) => ({
    ...{ name, version: "0.1.0", replicas: 1, running: 1, status: "running" as const, reason: "it answers" },
  })),
  notEnforced: [
    { object: "NetworkPolicy default-deny", field: null, why: "processes of one machine share its network" },
    { object: "Deployment gateway", field: "resources.limits", why: "the hub is one process" },
  ],
  clusters: [],
});
