import type { Volume } from "@fogline/fleet";
import { gatewayConfig } from "@fogline/gateway/config";
import type { AppDefinition } from "@fogline/manifests";
import { addHubWorkload, isJoined, keptElsewhere } from "../hub-workload.ts";

/** Where K3s has its pods unless told otherwise: the ingress that does TLS is one of them. */
const podRange = "10.42.0.0/16";

/** Transcripts of shells: apart from the database, which they must not fill. When it is full, shells end and no more open. */
const transcripts: Volume = { name: "transcripts", path: "/var/lib/fogline/transcripts", kind: "keep", sizeBytes: 4 * 1024 ** 3 };

/** People and devices come in here: HTTP on 3000, agents on 8091. */
export const gateway: AppDefinition = {
  source: "apps/gateway/chart.ts gateway",
  environmentPrefix: "",
  settings: gatewayConfig,
  uses: ["orchestrator", "scheduler", "policy", "nats"],
  build: (chart, context) => {
    const records = isJoined(context) && !keptElsewhere(context);
    addHubWorkload(chart, context, {
      ports: { http: 3_000, agents: 8_091 },
      fromOutside: true,
      // People, keys and the certificates of devices.
      ...(isJoined(context) ? { stateBytes: 1024 ** 3 } : {}),
      ...(records ? { volumes: [transcripts] } : {}),
      environment: {
        AGENT_HOST: "0.0.0.0",
        AGENT_NAMES: `gateway.${context.namespace}.svc`,
        HTTP_HOST: "0.0.0.0",
        TRUSTED_PROXIES: podRange,
        ...(records ? { TRANSCRIPTS_FOLDER: transcripts.path } : {}),
      },
    });
  },
};
