import { certificatesRevoked, nodeChanged } from "@fogline/contracts";
import { type Database, migrate } from "@fogline/ports";
import type { OwnStreamOf } from "@fogline/rpc";
import { type HubPorts, openShell, type Running, type Shell } from "@fogline/service";
import { AgentHub } from "./agents/hub.ts";
import { listenForAgents } from "./agents/listener.ts";
import { auditHandlers } from "./audit/handlers.ts";
import { openAudit } from "./audit/open.ts";
import { balancedClient } from "./balance/client.ts";
import { Replicas } from "./balance/replicas.ts";
import type { GatewayConfig } from "./config.ts";
import type { GivenAuthority } from "./enrolment/authority.ts";
import { openEnrolment } from "./enrolment/open.ts";
import { FanOut } from "./feed/fan-out.ts";
import { Feed } from "./feed/ring.ts";
import { feedHandlers, feedStreams, fillFeed } from "./feed/streams.ts";
import { SampleWatchers } from "./feed/watchers.ts";
import { listenForPeople } from "./http/server.ts";
import { type PeopleTls, refuseClearText } from "./http/transport.ts";
import { openMetrics } from "./metrics.ts";
import { peopleHandlers } from "./people/handlers.ts";
import type { Link } from "./people/links.ts";
import { openPeople, type People } from "./people/people.ts";
import { openTranscripts } from "./remote/transcripts.ts";
import { whyHandler } from "./remote/why.ts";
import { type GatewaySchema, gatewayMigrations } from "./schema.ts";
import type { GatewaySecrets } from "./secrets.ts";

export { type GatewayConfig, gatewayConfig } from "./config.ts";
export type { GivenAuthority } from "./enrolment/authority.ts";
export type { PeopleCertificate, PeopleTls } from "./http/transport.ts";
export type { AccessToken, Tokens } from "./people/tokens.ts";
export { type GatewaySchema, gatewayMigrations as migrations } from "./schema.ts";
export type { GatewaySecrets } from "./secrets.ts";

/** What the gateway needs of the outside. It migrates `database`, which is its own. */
export interface GatewayPorts extends HubPorts {
  readonly database: Database<GatewaySchema>;
  readonly secrets: GatewaySecrets;
  /** The fleet's CA; without it the gateway makes one and keeps it in its database. */
  readonly authority?: GivenAuthority | undefined;
  /** The folder of the built pages; without it the gateway serves none. */
  readonly assets?: string | undefined;
  /** The certificate of the people's port; without it the port speaks plain HTTP. */
  readonly tls?: PeopleTls | undefined;
}

export interface GatewayRunning extends Running {
  readonly httpPort: number;
  readonly agentPort: number;
  /** The code of a one-time link that signs the host's own admin in: for the address `<url>/#code=<code>`. */
  hostLink(): Promise<Link>;
}

/** Starts the gateway. Throws FL4015 when people would come by a network without TLS, and FL4016 when one of its ports is in use. */
export const start = async (config: GatewayConfig, ports: GatewayPorts): Promise<GatewayRunning> => {
  refuseClearText(config, ports.tls);
  await migrate(ports.database, gatewayMigrations);
  const shell = await openShell("gateway", config, ports);
  try {
    return await open(shell, config, ports);
  } catch (error) {
    await shell.stop("it could not start");
    throw error;
  }
};

const open = async (shell: Shell, config: GatewayConfig, ports: GatewayPorts): Promise<GatewayRunning> => {
  const { bus, database, secrets } = ports;
  const { client, clock, random, log, version } = shell;
  const feed = new Feed({ boot: random.id(), max: config.feedItemsMax, bytesMax: config.feedBytesMax });
  const watchers = new SampleWatchers({ clock, lingerMs: config.watchLingerMs, changed: () => hub.settingsChanged() });
  const sampleMs = () => (watchers.wanted ? config.sampleMs : null);
  const hub = new AgentHub({ bus, client, clock, random, log, config, version, sampleMs });
  const people = await openPeople({ config, database, secrets, client, clock, random, log });
  shell.onStop("what is known of people", () => people.stop());
  await shell.serve(peopleHandlers(people));

  const fanOut = new FanOut({ feed, clock, everyMs: config.feedEveryMs });
  const subscriptions = await fillFeed(client, feed);
  shell.onStop("the feed", async () => {
    fanOut.stop();
    watchers.stop();
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
  });
  await shell.serve(feedHandlers(feed, watchers, () => clock.now()));

  const agentPort = await openToAgents(shell, config, ports, { hub, people });
  const httpPort = await openToPeople(shell, config, ports, { hub, people, ownStream: feedStreams(fanOut, watchers) });
  shell.health(async () => people.health());
  shell.health(async () => ({ status: "healthy", reason: `${hub.nodes.length} agents are connected` }));
  const running = await shell.ready();
  return { ...running, httpPort, agentPort, hostLink: () => people.hostLink() };
};

/** The port of devices, and what makes and ends their identities. Answers the port. */
const openToAgents = async (
  shell: Shell,
  config: GatewayConfig,
  ports: GatewayPorts,
  { hub, people }: { readonly hub: AgentHub; readonly people: People },
): Promise<number> => {
  const { client, clock, random, log } = shell;
  let agentPort = config.agentPort;
  const enrolment = await openEnrolment(config, { ...ports, client, clock, random, log, agentPort: () => agentPort });
  const news = [
    await client.on(nodeChanged, async ({ id, node }, { occurredAtMs }) => {
      if (node !== null) return;
      hub.forget(id);
      await enrolment.removed(id, occurredAtMs);
    }),
    await client.on(certificatesRevoked, async ({ node, serials }) => {
      enrolment.live.revoked(serials);
      await people.tokens.revokeNodeTokens(node);
    }),
  ];
  shell.onStop("the news of devices", async () => {
    enrolment.live.stop();
    await Promise.all(news.map((subscription) => subscription.stop()));
  });
  const { renewalGraceMs } = config;
  await shell.serve([...enrolment.handlers, whyHandler({ client, clock, ...enrolment, refusals: hub.refusals, renewalGraceMs })]);
  /** A device that proved itself by its certificate gets a token for the HTTP API. */
  const issueNodeToken = async (nodeId: string) => {
    const { accessToken, accessExpiresAtMs: expiresAtMs } = await people.tokens.issueNodeToken(nodeId);
    return { accessToken, expiresAtMs };
  };
  const agents = await listenForAgents({ ...enrolment, config, hub, clock, log, issueNodeToken });
  agentPort = agents.port;
  shell.onStop("the agents' port", () => agents.close());
  shell.onStop("the agents' connections", () => hub.stop());
  return agentPort;
};

/** The port of people, with the audit of what they change and the choice of who answers them. Answers the port. */
const openToPeople = async (
  shell: Shell,
  config: GatewayConfig,
  { database, secrets, assets, tls }: GatewayPorts,
  { hub, people, ownStream }: { readonly hub: AgentHub; readonly people: People; readonly ownStream: OwnStreamOf },
): Promise<number> => {
  const { client, clock, random, log } = shell;
  const metrics = openMetrics(shell.metrics, { connected: () => hub.nodes.length });
  const audit = openAudit({ database, secrets, kept: config.auditKept, clock, log });
  shell.onStop("the audit", () => audit.trail.stop());
  await shell.serve(auditHandlers(audit.log));
  const { balance, balanceByService } = config;
  const replicas = new Replicas({ client, clock, random, log, here: config, balance, balanceByService });
  await replicas.start();
  shell.onStop("the list of replicas", () => replicas.stop());
  const balanced = balancedClient({ client, replicas, clock, instance: shell.instance });
  const { transcriptsFolder: folder, transcriptBytesMax: bytesMax, transcriptsKept: keptMax } = config;
  const transcripts = folder === undefined ? undefined : openTranscripts({ folder, clock, bytesMax, keptMax });
  const http = await listenForPeople({
    ...{ transcripts, config, client: balanced, people, secrets, clock, random, log, metrics, assets, tls, replicas, ownStream },
    audit: audit.trail,
  });
  shell.onStop("the HTTP API", () => http.close());
  return http.port;
};
