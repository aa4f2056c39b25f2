import { gatewayConfig } from "@fogline/gateway/config";
import type { AppDefinition } from "@fogline/manifests";
import { addHubWorkload } from "../hub-workload.ts";

/** People and devices come in here: HTTP on 3000, agents on 8091. */
export const gateway: AppDefinition = {
  environmentPrefix: "",
  settings: gatewayConfig,
  build: (chart, context) => {
    addHubWorkload(chart, context, {
      ports: { http: 3_000, agents: 8_091 },
      environment: { AGENT_HOST: "0.0.0.0", AGENT_NAMES: `gateway.${context.namespace}.svc`, HTTP_HOST: "0.0.0.0" },
    });
  },
};
