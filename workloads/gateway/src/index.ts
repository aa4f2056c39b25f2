import { certificatesRevoked, nodeChanged } from "@fogline/contracts";
import { type Database, migrate } from "@fogline/ports";
import { type HubPorts, openShell, type Running, type Shell } from "@fogline/service";
import { AgentHub } from "./agents/hub.ts";
import { listenForAgents } from "./agents/listener.ts";
import type { GatewayConfig } from "./config.ts";
import type { GivenAuthority } from "./enrolment/authority.ts";
import { openEnrolment } from "./enrolment/open.ts";
import { Feed } from "./feed/ring.ts";
import { feedHandlers, fillFeed } from "./feed/streams.ts";
import { SampleWatchers } from "./feed/watchers.ts";
import { listenForPeople } from "./http/server.ts";
import { openMetrics } from "./metrics.ts";
import { peopleHandlers } from "./people/handlers.ts";
import type { Link } from "./people/links.ts";
import { openPeople, type People } from "./people/people.ts";
import { type GatewaySchema, gatewayMigrations } from "./schema.ts";
import type { GatewaySecrets } from "./secrets.ts";

export { type GatewayConfig, gatewayConfig } from "./config.ts";
export type { GivenAuthority } from "./enrolment/authority.ts";
export type { AccessToken, Tokens } from "./people/tokens.ts";
export type { GatewaySchema } from "./schema.ts";
export type { GatewaySecrets } from "./secrets.ts";

/** What the gateway needs of the outside. It migrates `database`, which is its own. */
export interface GatewayPorts extends HubPorts {
  readonly database: Database<GatewaySchema>;
  readonly secrets: GatewaySecrets;
  /** The fleet's CA; without it the gateway makes one and keeps it in its database. */
  readonly authority?: GivenAuthority | undefined;
  /** The folder of the built pages; without it the gateway serves none. */
  readonly assets?: string | undefined;
}

export interface GatewayRunning extends Running {
  readonly httpPort: number;
  readonly agentPort: number;
  /** The code of a one-time link that signs the host's own admin in: for the address `<url>/#code=<code>`. */
  hostLink(): Promise<Link>;
}

/** Starts the gateway. Throws FL4016 when one of its ports is in use. */
export const start = async (config: GatewayConfig, ports: GatewayPorts): Promise<GatewayRunning> => {
  await migrate(ports.database, gatewayMigrations);
  const shell = await openShell("gateway", config, ports);
  try {
    return await open(shell, config, ports);
  } catch (error) {
    await shell.stop("it could not start");
    throw error;
  }
};

/** A device that proved itself by its certificate gets a token for the HTTP API. */
const nodeTokensOf = ({ tokens }: People) => async (nodeId: string) => {
  const { accessToken, accessExpiresAtMs: expiresAtMs } = await tokens.issueNodeToken(nodeId);
  return { accessToken, expiresAtMs };
};

const open = async (shell: Shell, config: GatewayConfig, ports: GatewayPorts): Promise<GatewayRunning> => {
  const { bus, database, secrets, assets } = ports;
  const { client, clock, random, log, version } = shell;
  const feed = new Feed({ boot: random.id(), max: config.feedItemsMax, bytesMax: config.feedBytesMax });
  const watchers = new SampleWatchers({ clock, lingerMs: config.watchLingerMs, changed: () => hub.settingsChanged() });
  const sampleMs = () => (watchers.wanted ? config.sampleMs : null);
  const hub = new AgentHub({ bus, client, clock, random, log, config, version, sampleMs });

  const subscriptions = await fillFeed(client, feed);
  let agentPort = config.agentPort;
  const enrolment = await openEnrolment(config, { ...ports, client, clock, random, log, agentPort: () => agentPort });
  const removals = [
    await client.on(nodeChanged, async ({ id, node }, { occurredAtMs }) => {
      if (node !== null) return;
      hub.forget(id);
      await enrolment.removed(id, occurredAtMs);
    }),
    await client.on(certificatesRevoked, async ({ serials }) => enrolment.live.revoked(serials)),
  ];
  shell.onStop("the feed", async () => {
    watchers.stop();
    enrolment.live.stop();
    await Promise.all([...subscriptions, ...removals].map((subscription) => subscription.stop()));
  });
  const people = await openPeople({ config, database, secrets, client, clock, random, log });
  shell.onStop("what is known of people", () => people.stop());
  await shell.serve(peopleHandlers(people));
  await shell.serve([...feedHandlers(feed, watchers, () => clock.now()), ...enrolment.handlers]);

  const agents = await listenForAgents({ ...enrolment, config, hub, clock, log, issueNodeToken: nodeTokensOf(people) });
  agentPort = agents.port;
  shell.onStop("the agents' port", () => agents.close());
  shell.onStop("the agents' connections", () => hub.stop());
  const metrics = openMetrics(shell.metrics, { connected: () => hub.nodes.length });
  const http = await listenForPeople({ config, client, people, secrets, clock, random, log, metrics, assets });
  shell.onStop("the HTTP API", () => http.close());
  shell.health(async () => ({ status: "healthy", reason: `${hub.nodes.length} agents are connected` }));
  const running = await shell.ready();
  return { ...running, httpPort: http.port, agentPort: agents.port, hostLink: () => people.hostLink() };
};
