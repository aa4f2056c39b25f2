import type { Device } from "@fogline/fleet";
import type { IIoK8sApiCoreV1Probe } from "kubernetes-models/v1/Probe";

/** How a container says that it lives and that it is ready. */
export type Health = (
  | { readonly live: string; readonly ready: string; readonly port: string }
  | { readonly command: readonly string[] }
  | { readonly tcp: string }
) & {
  readonly intervalSeconds: number;
  /** How long it may take to start before it is given up. */
  readonly startSeconds: number;
};

/** Boards that start a container from an SD card, with a cold cache, in minutes rather than seconds. */
const slowBoards = new Set(["raspberry-pi", "iot"]);

/** How long a container may take to start on the slowest of these machines. Unknown machines are taken for slow ones. */
export const startSecondsOn = (devices: readonly Device[]): number =>
  devices.some(({ profile }) => profile.kind === "detected" || slowBoards.has(profile.deviceClass)) ? 300 : 120;

const startPeriodSeconds = 5;

/** The three probes. Liveness is asked half as often as readiness: a restart costs more than a pause. */
export const probesOf = (health: Health): Record<"startupProbe" | "livenessProbe" | "readinessProbe", IIoK8sApiCoreV1Probe> => {
  const ask = (path: "live" | "ready"): IIoK8sApiCoreV1Probe => {
    if ("command" in health) return { exec: { command: [...health.command] } };
    if ("tcp" in health) return { tcpSocket: { port: health.tcp } };
    return { httpGet: { path: health[path], port: health.port } };
  };
  return {
    startupProbe: {
      ...ask("live"),
      failureThreshold: Math.ceil(health.startSeconds / startPeriodSeconds),
      periodSeconds: startPeriodSeconds,
      timeoutSeconds: 5,
    },
    livenessProbe: { ...ask("live"), failureThreshold: 3, periodSeconds: 2 * health.intervalSeconds, timeoutSeconds: 5 },
    readinessProbe: { ...ask("ready"), failureThreshold: 3, periodSeconds: health.intervalSeconds, timeoutSeconds: 5 },
  };
};
