import type { DeviceCapabilities } from "@fogline/contracts";
import type { Sample } from "../../live/state.ts";
import { Chart } from "./chart.tsx";

const GiB = 1024 ** 3;
const whole = (value: number): string => String(Math.round(value));

/** The five courses of a device, on one scale of time. */
export const Charts = ({ samples, capabilities }: { samples: readonly Sample[]; capabilities: DeviceCapabilities | null }) => {
  const memoryBytes = capabilities?.memoryBytes ?? 0;
  const small = memoryBytes < 4 * GiB;
  return (
    <section class="charts" aria-label="Charts">
      <Chart
        {...{ samples, title: "CPU", unit: "%", low: 0, high: 100, text: whole }}
        value={({ cpuPercent }) => cpuPercent}
        none="Nothing was sampled yet."
      />
      <Chart
        {...{ samples, title: "Memory used", unit: "GiB", low: 0, high: Math.max(1, memoryBytes) / GiB }}
        value={({ memoryAvailableBytes }) => (capabilities === null ? null : Math.max(0, memoryBytes - memoryAvailableBytes) / GiB)}
        text={(value) => value.toFixed(small ? 2 : 1)}
        none="Nothing was sampled yet."
      />
      <Chart
        {...{ samples, title: "Temperature", unit: "°C", low: 20, high: 100, text: whole }}
        value={({ temperatureCelsius }) => temperatureCelsius}
        none="This device has no thermometer that its agent can read."
      />
      <Chart
        {...{ samples, title: "Battery", unit: "%", low: 0, high: 100, text: whole }}
        value={({ batteryPercent }) => batteryPercent}
        none={capabilities?.batteryPowered === false ? "This device runs on mains." : "The battery is not known."}
      />
      <Chart
        {...{ samples, title: "Network, way to the hub and back", unit: "ms", low: 0, text: whole }}
        value={({ networkLatencyMs }) => networkLatencyMs}
        none="The latency is not known."
      />
    </section>
  );
};
