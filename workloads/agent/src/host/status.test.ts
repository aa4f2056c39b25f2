import { afterEach, describe, expect, it } from "vitest";
import { openDevice } from "../testing/limits.ts";
import { metricsText } from "./status.ts";

const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});

describe("the metrics of an agent", () => {
  it("say where executions are, what holds them back, and how the device adapted", async () => {
    const device = await openDevice();
    stopping.push(async () => {
      const stopped = device.agent.stop("test over");
      await device.pass(5_000);
      await stopped;
    });
    await device.assign("t1.1", "t2.1");
    device.end("t1.1");
    await device.looks({ temperatureCelsius: 70, networkBandwidthMbps: 100 }, 5);
    await device.assign("t3.1");
    const lines = metricsText(device.agent).split("\n");
    for (const line of [
      "fogline_agent_uptime_seconds 5",
      "fogline_agent_hub_last_contact_timestamp_seconds 1700000005",
      'fogline_agent_executions{state="running"} 1',
      'fogline_agent_executions{state="waiting"} 1',
      "fogline_agent_executions_completed_total 1",
      'fogline_agent_executions_held_back{rule="power-critical"} 1',
      'fogline_agent_executions_held_back{rule="cpu-limit"} 0',
      "fogline_agent_cpu_utilisation_ratio 0.05",
      "fogline_agent_network_capacity_bytes_per_second 12500000",
      "fogline_agent_temperature_celsius 70",
      "fogline_agent_battery_ratio 0.9",
      'fogline_agent_power_mode{mode="critical"} 1',
      'fogline_agent_power_mode{mode="performance"} 0',
      "fogline_agent_policy_adaptations_total 1",
      "fogline_agent_thermal_throttles_total 1",
      "fogline_agent_battery_saves_total 0",
      "fogline_agent_tasks_per_minute 0.2",
      "fogline_agent_decision_latency_seconds 0",
      'fogline_agent_lifetime_executions_total{result="completed"} 1',
      "fogline_agent_hub_outages_total 0",
    ])
      expect(lines).toContain(line);
    // What the device does not know has no line at all.
    expect(lines.filter((line) => line.includes("network_received"))).toEqual([]);
  });
});
