import type { AppDefinition } from "@fogline/manifests";
import { policyConfig } from "@fogline/policy-engine/config";
import { addHubWorkload } from "../hub-workload.ts";

/** Versioned policies, admission and the audit log. */
export const policy: AppDefinition = {
  source: "apps/policy/chart.ts policy",
  environmentPrefix: "",
  settings: policyConfig,
  uses: ["nats"],
  build: (chart, context) => {
    addHubWorkload(chart, context, { stateBytes: 1024 ** 3 });
  },
};
