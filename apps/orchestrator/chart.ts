import type { AppContext, AppDefinition } from "@fogline/manifests";
import { orchestratorConfig } from "@fogline/orchestrator/config";
import { addHubWorkload, isJoined } from "../hub-workload.ts";

const folder = "/etc/fogline";
const file = "nodes.json";

/** Node registry, deployments and service registry, with state of its own. */
export const orchestrator: AppDefinition = {
  source: "apps/orchestrator/chart.ts orchestrator",
  environmentPrefix: "",
  settings: orchestratorConfig,
  uses: ["scheduler", "policy", "nats"],
  build: (chart, context) => {
    const nodes = isJoined(context) ? [{ name: "nodes", path: folder, kind: "files" as const, files: { [file]: nodesText(context) } }] : [];
    addHubWorkload(chart, context, {
      ports: { http: 8_080 },
      stateBytes: 1024 ** 3,
      environment: { HTTP_HOST: "0.0.0.0", ...(nodes.length === 0 ? {} : { NODES_FILE: `${folder}/${file}` }) },
      volumes: nodes,
    });
  },
};

/** Every device of the fleet, one a line, so that a change of one is a change of a line. Nobody else tells them to a hub that Flux runs. */
const nodesText = ({ nodes = [] }: AppContext): string => `[\n${nodes.map((node) => JSON.stringify(node)).join(",\n")}\n]\n`;
