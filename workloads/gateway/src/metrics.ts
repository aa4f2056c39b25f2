import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** One answered request. `route` is the template of the route (`/api/nodes/:id`), never what was asked for: that would be a series for each. */
export interface AnsweredRequest {
  readonly route: string | undefined;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** What the gateway counts, beside what every workload does. */
export interface GatewayMetrics {
  answered(request: AnsweredRequest): void;
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** What has no route has one name, whatever was asked for. */
const noRoute = "none";

export const openMetrics = (registry: Registry, agents: { connected(): number }): GatewayMetrics => {
  const registers = [registry];
  const requests = new Counter({
    name: "fogline_gateway_http_requests_total",
    help: "HTTP requests that were answered, by the template of their route, method and status.",
    labelNames: ["route", "method", "status"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "fogline_gateway_http_request_duration_seconds",
    help: "From the head of a request to the end of its answer, in seconds; a feed is answered when it ends.",
    labelNames: ["route", "method"] as const,
    buckets: durationBuckets,
    registers,
  });
  new Gauge({
    name: "fogline_gateway_agents_connected",
    help: "Agents that said hello and are connected here.",
    registers,
    collect() {
      this.set(agents.connected());
    },
  });
  return {
    answered: ({ route = noRoute, method, status, durationMs }) => {
      requests.inc({ route, method, status: String(status) });
      duration.observe({ route, method }, durationMs / 1_000);
    },
  };
};
