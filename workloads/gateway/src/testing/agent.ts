import type { DeviceCapabilities, DeviceState, FromAgent, FromHub } from "@fogline/contracts";
import { WebSocket } from "ws";
import type { TestIdentity } from "./device.ts";

/** Values that every hello of a test carries unless it says otherwise. */
export const capabilities: DeviceCapabilities = {
  architecture: "arm64",
  deviceClass: "raspberry-pi",
  operatingSystem: "Debian 12",
  kernel: "6.6.31",
  cpuCores: 4,
  memoryBytes: 4_294_967_296,
  storageBytes: 32_000_000_000,
  batteryPowered: false,
  features: [],
  networkInterfaces: [],
};

export const state: DeviceState = {
  sampledAtMs: 1_000,
  uptimeMs: 60_000,
  cpuPercent: 5,
  memoryAvailableBytes: 3_000_000_000,
  storageFreeBytes: 16_000_000_000,
  temperatureCelsius: 45,
  batteryPercent: null,
  charging: null,
  networkBandwidthMbps: 100,
  networkLatencyMs: 3,
  powerMode: "balanced",
  thermalState: "normal",
};

export const hello = (nodeId: string, more: Partial<Extract<FromAgent, { type: "hello" }>> = {}): Extract<FromAgent, { type: "hello" }> => ({
  type: "hello",
  protocol: 1,
  nodeId,
  bootId: "boot-1",
  agentVersion: "0.1.0",
  simulated: false,
  capabilities,
  state,
  executions: [],
  probeAddress: null,
  ...more,
});

/** A WebSocket client that speaks for a device: what it received, and waiting for the next frame of a type. */
export class TestAgent {
  readonly socket: WebSocket;
  readonly frames: FromHub[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting = new Set<() => void>();
  pongs = true;

  constructor(port: number, nodeId: string, { key, cert, ca }: TestIdentity) {
    this.socket = new WebSocket(`wss://127.0.0.1:${port}/agent?node=${nodeId}`, { key, cert, ca });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      const frame = JSON.parse(data.toString()) as FromHub;
      if (frame.type === "ping" && this.pongs) this.send({ type: "pong", id: frame.id });
      this.frames.push(frame);
      for (const wake of [...this.#waiting]) wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.OPEN) return this;
    await new Promise((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("error", reject);
    });
    return this;
  }

  send(frame: FromAgent): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame that fits, of those that came and those to come. */
  async frame<Type extends FromHub["type"]>(
    type: Type,
    fits: (frame: Extract<FromHub, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<FromHub, { type: Type }>> {
    for (;;) {
      const found = this.frames.find((frame): frame is Extract<FromHub, { type: Type }> => frame.type === type && fits(frame as never));
      if (found) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }
}
