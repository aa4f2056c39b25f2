// Stryker disable all: values written by hand, which every schema takes as they are.

export const capabilities = {
  architecture: "arm64",
  deviceClass: "raspberry-pi",
  model: "Raspberry Pi 4 Model B",
  operatingSystem: "Debian 12",
  kernel: "6.6.31",
  cpuCores: 4,
  memoryBytes: 4_294_967_296,
  storageBytes: 32_000_000_000,
  gpu: { model: "none of note", count: 1 },
  batteryPowered: false,
  features: ["containers"],
  networkInterfaces: [{ name: "eth0", kind: "ethernet", speedMbps: 1_000 }],
};

export const state = {
  sampledAtMs: 1_700_000_000_000,
  uptimeMs: 3_600_000,
  cpuPercent: 12.5,
  memoryAvailableBytes: 2_147_483_648,
  storageFreeBytes: 16_000_000_000,
  temperatureCelsius: 51.2,
  batteryPercent: 80,
  charging: true,
  networkBandwidthMbps: 94.5,
  networkLatencyMs: 12,
  powerMode: "balanced",
  thermalState: "normal",
};

export const metrics = {
  agentUptimeMs: 3_600_000,
  lastSyncAtMs: 1_700_000_000_000,
  tasksPerMinute: 1.5,
  decisionLatencyMs: 0.8,
  cacheHitRatio: 0.9,
  cpuPercent: 12.5,
  memoryPercent: 40,
  storagePercent: 50,
  networkPercent: 3.5,
  activeTasks: 1,
  queuedTasks: 0,
  completedTasks: 120,
  failedTasks: 2,
  pendingReports: 0,
  offline: { outages: 2, totalMs: 90_000, longestMs: 60_000, lastEndedAtMs: 1_699_999_000_000, tasksFinished: 3 },
};

export const settings = { heartbeatMs: 30_000, sampleMs: 1_000, tasksMax: 4 };

export const execution = {
  executionId: "t1.1",
  taskId: "t1",
  attempt: 1,
  command: ["echo", "hello"],
  image: "docker.io/library/busybox:1.36",
  env: { GREETING: "hello" },
  cpuCores: 0.5,
  memoryBytes: 67_108_864,
  processesMax: 64,
  timeoutMs: 60_000,
  outputBytesMax: 16_384,
  restart: "never",
};

export const report = {
  executionId: "t1.1",
  taskId: "t1",
  status: "finished",
  atMs: 1_700_000_000_000,
  outcome: "exited",
  exitCode: 0,
  signal: null,
  stdout: "hello",
  stderr: "",
  outputTruncated: false,
  message: "done",
};

export const declaration = {
  id: "pi-3",
  site: "hall",
  region: "eu-central",
  cluster: "edge-pi",
  tier: "access-edge",
  ring: "stable",
  hardware: "raspberry-pi-4",
  connectivity: "wired",
  residency: "de",
  availability: 0.99,
  labels: { room: "hall" },
  reportIntervalMs: 300_000,
};

export const node = {
  ...declaration,
  status: "online",
  statusSinceMs: 1_700_000_000_000,
  reason: "its agent said hello",
  draining: false,
  simulated: false,
  agentVersion: "0.1.0",
  bootId: "b1",
  capabilities,
  state,
  executions: ["t1.1"],
  metrics,
  lastSeenAtMs: 1_700_000_000_000,
  version: 7,
};

export const spec = {
  command: ["echo", "hello"],
  image: "docker.io/library/busybox:1.36",
  env: { GREETING: "hello" },
  cpuCores: 0.5,
  memoryBytes: 67_108_864,
  gpu: false,
  processesMax: 64,
  timeoutMs: 60_000,
  outputBytesMax: 1_024,
  inputBytes: 10,
  priority: 7,
  duplicates: "forbidden",
  attemptsMax: 2,
  restart: "on-failure",
  node: "pi-3",
  site: "hall",
  tiers: ["iot"],
  architecture: "arm64",
  residency: "de",
  profile: "tiers",
  labels: { team: "red" },
};

export const refusal = { rule: "memory", message: "task needs 2048 MiB, pi-3 has 1311 MiB free", facts: { needsBytes: 2_147_483_648 } };

export const explanation = {
  decidedAtMs: 1_700_000_000_000,
  profile: "fog",
  chosen: "pi-3",
  candidates: [{ node: "pi-3", score: 61.5, parts: [{ name: "battery", kind: "points", value: 20, reason: "80 % is left" }] }],
  refused: [{ node: "pi-4", refusal }],
};

export const result = {
  executionId: "t1.1",
  node: "pi-3",
  outcome: "exited",
  exitCode: 0,
  signal: "SIGTERM",
  stdout: "hello",
  stderr: "",
  outputTruncated: false,
  message: "done",
  finishedAtMs: 1_700_000_000_000,
};

export const task = {
  id: "t1",
  spec,
  status: "succeeded",
  reason: "it ended with 0",
  attempt: 1,
  node: "pi-3",
  executionId: "t1.1",
  placement: explanation,
  result,
  createdAtMs: 1_700_000_000_000,
  startedAtMs: 1_700_000_000_100,
  finishedAtMs: 1_700_000_000_200,
  version: 4,
};

const { restart: _restart, node: _node, timeoutMs: _timeout, duplicates: _duplicates, attemptsMax: _attempts, ...replicaSpec } = spec;
export const deploymentSpec = { name: "greeter", replicas: 2, nodes: ["pi-3"], task: replicaSpec };

export const deployment = {
  id: "d1",
  spec: deploymentSpec,
  status: "running",
  reason: "2 of 2 run",
  replicas: [{ index: 0, taskId: "t1", node: "pi-3", status: "running" }],
  createdAtMs: 1_700_000_000_000,
  version: 2,
};

export const instance = {
  id: "scheduler-1",
  type: "scheduler",
  version: "0.1.0",
  metadata: { port: "0" },
  operations: ["tasks.list"],
  startedAtMs: 1,
  ttlMs: 90_000,
};
export const health = { status: "healthy", reason: "", checkedAtMs: 5, latencyMs: 0.5 };
export const registered = { ...instance, registeredAtMs: 2, health };
export const policy = { name: "warm", description: "No heat", effect: "refuse", rule: { kind: "temperature", celsiusMax: 70 }, version: 3 };

export const move = { atMs: 1_700_000_000_000, taskId: "t1", command: "echo hello", from: "pi-4", to: "pi-3", reason: "pi-4 is hot" };

export const signedIn = { name: "ann", role: "admin", session: "s1" };
export const session = { ...signedIn, accessToken: "a.b.c", accessExpiresAtMs: 5, refreshToken: "r", expiresAtMs: 6 };
export const user = {
  name: "ann",
  role: "admin",
  disabled: false,
  hasPassword: true,
  external: false,
  createdAtMs: 1_700_000_000_000,
  lastSignInAtMs: 1_700_000_000_000,
  version: 1,
};
export const sessionRecord = {
  id: "s1",
  user: "ann",
  createdAtMs: 1,
  lastUsedAtMs: 2,
  expiresAtMs: 3,
  address: "10.0.0.9",
  userAgent: "curl/8",
  current: true,
};
export const enrolment = { id: "e1", node: "pi-3", createdAtMs: 1, expiresAtMs: 2, usedAtMs: 1 };
export const certificate = { serial: "0a1b", node: "pi-3", fingerprint: "sha256:00", notBeforeMs: 1, notAfterMs: 2, revokedAtMs: 2 };
export const auditRecord = {
  sequence: 1,
  atMs: 1_700_000_000_000,
  requestId: "r-1",
  principal: "ann",
  role: "admin",
  address: "10.0.0.9",
  operation: "nodes.drain",
  target: "pi-3",
  outcome: "refused",
  status: 404,
  code: "FL4004",
  hash: "00ff",
};
export const clusterStatus = {
  cluster: "dev",
  ring: "canary",
  wantedRevision: "abd",
  appliedRevision: "abc",
  state: "behind",
  reason: "it applies abd now",
  lastReconciledAtMs: 5,
  drift: [{ object: "Deployment/a", message: "replicas are 2, not 1" }],
};
