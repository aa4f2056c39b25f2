import type { AppDefinition } from "@fogline/manifests";
import { schedulerConfig } from "@fogline/scheduler/config";
import { addHubWorkload } from "../hub-workload.ts";

/** The task queue and placement. Listens on nothing but its ops port, so it may have standby replicas. */
export const scheduler: AppDefinition = {
  source: "apps/scheduler/chart.ts scheduler",
  environmentPrefix: "",
  settings: schedulerConfig,
  uses: ["orchestrator", "policy", "nats"],
  build: (chart, context) => {
    addHubWorkload(chart, context, { stateBytes: 1024 ** 3 });
  },
};
