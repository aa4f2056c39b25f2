import type { AppDefinition } from "@fogline/manifests";
import { agent } from "./agent/chart.ts";
import { gateway } from "./gateway/chart.ts";
import { nats } from "./nats/chart.ts";
import { orchestrator } from "./orchestrator/chart.ts";
import { policy } from "./policy/chart.ts";
import { scheduler } from "./scheduler/chart.ts";

export { container } from "./container/chart.ts";

/** The workloads that have a chart: those of Fogline, and the server that joins them. */
export type AppName = "agent" | "gateway" | "nats" | "orchestrator" | "policy" | "scheduler";

/** Every chart by the name that the fleet file uses. */
export const apps: Readonly<Record<AppName, AppDefinition>> = { agent, gateway, nats, orchestrator, policy, scheduler };
