import type { AppDefinition } from "@fogline/manifests";
import { orchestratorConfig } from "@fogline/orchestrator/config";
import { addHubWorkload } from "../hub-workload.ts";

/** Node registry, deployments and service registry, with state of its own. */
export const orchestrator: AppDefinition = {
  source: "apps/orchestrator/chart.ts orchestrator",
  environmentPrefix: "",
  settings: orchestratorConfig,
  uses: ["scheduler", "policy"],
  build: (chart, context) => {
    addHubWorkload(chart, context, { ports: { http: 8_080 }, stateBytes: 1024 ** 3, environment: { HTTP_HOST: "0.0.0.0" } });
  },
};
