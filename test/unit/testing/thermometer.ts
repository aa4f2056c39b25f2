import { type AppDefinition, addWorkload, startSecondsOn } from "@fogline/manifests";
import { z } from "zod";

/** What the fleet file may set. */
const settings = z.strictObject({
  intervalMs: z.int().min(100).max(3_600_000).default(5_000),
  unit: z.enum(["celsius", "kelvin"]).default("celsius"),
});

/** Reads a sensor and shows it on port 8080. */
export const thermometer: AppDefinition = {
  source: "apps/thermometer/chart.ts thermometer",
  environmentPrefix: "",
  settings,
  uses: ["gateway"],
  build: (chart, context) => {
    const { environment, target, devices } = context;
    addWorkload(chart, context, {
      exposes: ["http"],
      container: {
        env: environment,
        ports: { http: 8_080 },
        cpuMillicores: target.needs.cpuMillicores ?? 50,
        memoryBytes: target.needs.memoryBytes ?? 64 * 1024 ** 2,
        health: { live: "/healthz", ready: "/readyz", port: "http", intervalSeconds: 10, startSeconds: startSecondsOn(devices) },
      },
    });
  },
};
