import { type AppContext, type AppDefinition, addWorkload, startSecondsOn } from "@fogline/manifests";
import { natsSecret } from "../hub-workload.ts";

const MiB = 1024 ** 2;
const folder = "/etc/nats";

/**
 * Nothing is stored (JetStream is off), so it needs no volume. Whoever may talk to it may act as any service: it wants a login, and its policy lets in
 * those that use it. A client that does not answer is given up within half a minute, so that nothing waits for a node that is gone.
 */
const configuration = `listen: 0.0.0.0:4222
http: 0.0.0.0:8222
ping_interval: "10s"
ping_max: 2
authorization { user: hub, password: $NATS_PASSWORD }
`;

/** The server that joins the parts of a hub. Its image is one of the fleet's own: the fleet file names it. */
export const nats: AppDefinition = {
  source: "apps/nats/chart.ts nats",
  environmentPrefix: "",
  build: (chart, context) => {
    const { environment, target, devices } = context;
    addWorkload(chart, withSecret(context), {
      volumes: [{ name: "config", path: folder, kind: "files", files: { "nats.conf": configuration } }],
      exposes: ["clients"],
      priority: "fogline-hub",
      container: {
        env: environment,
        ports: { clients: 4_222, monitor: 8_222 },
        cpuMillicores: target.needs.cpuMillicores ?? 100,
        memoryBytes: target.needs.memoryBytes ?? 64 * MiB,
        health: { live: "/healthz", ready: "/healthz", port: "monitor", intervalSeconds: 10, startSeconds: startSecondsOn(devices) },
      },
    });
  },
};

const withSecret = (context: AppContext): AppContext => ({
  ...context,
  target: { ...context.target, args: context.target.args ?? ["-c", `${folder}/nats.conf`], secrets: [natsSecret, ...context.target.secrets] },
});
