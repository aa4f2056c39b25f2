import { type AgentQuestion, type AgentSettings, agentProtocolVersion, type FromHub } from "@fogline/contracts/agent-protocol";
import type { DeviceCapabilities, DeviceState } from "@fogline/contracts/device";
import { textOf } from "@fogline/findings";
import type { Clock, Random } from "@fogline/ports";
import { createAdmission } from "./admission.ts";
import type { AgentConfig } from "./config.ts";
import { createEdgeMeter } from "./edge-metrics.ts";
import { createExecutions } from "./executions.ts";
import { type AgentFigures, powerMeter } from "./figures.ts";
import { createChannels } from "./hands/channels.ts";
import { createDeeds } from "./hands/deeds.ts";
import type { Hands } from "./hands/program.ts";
import type { OwnReport } from "./hands/support-bundle.ts";
import { keptLog } from "./kept-log.ts";
import { followOutages } from "./outages.ts";
import { createOutbox } from "./outbox.ts";
import type { AgentLog, Link, Runner, Sensors, Store } from "./ports.ts";
import { openProbe, type ProbeListener, probePeer } from "./probe.ts";
import { startSampler } from "./sampler.ts";
import { openSession } from "./session.ts";
import { agentVersion } from "./version.ts";

/** Everything the agent needs of the outside. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly sensors: Sensors;
  readonly link: Link;
  readonly runner: Runner;
  readonly log: AgentLog;
  /** False while the device is frozen: then its probe stays silent too. */
  readonly alive?: () => boolean;
  /** What people may do here from afar; nothing without it. */
  readonly hands?: (self: AboutAgent) => Hands;
}

/** What an agent says of itself to its own hands. */
export interface AboutAgent {
  readonly capabilities: DeviceCapabilities;
  readonly reports: readonly OwnReport[];
}

/** How long a stopping agent waits for the hub to take its last results. */
const farewellMs = 1500;
const logBytesMax = 65_536;
/** How long a device that is to restart waits for the hub to take its results. */
const flushMs = 3_000;

/** A running agent. */
export interface Agent {
  readonly nodeId: string;
  readonly bootId: string;
  /** Whether the hub has welcomed the present connection. */
  connected(): boolean;
  /** Stops or continues the processes of its executions, for a device whose time stands still. */
  pause(paused: boolean): void;
  /** For its own metrics. */
  figures(): AgentFigures;
  /** Takes no more work, ends what runs, reports it where it can, says goodbye. */
  stop(reason: string): Promise<void>;
}

/** What a frame may change besides the outbox. */
type Answerable = Exclude<FromHub, { type: "welcome" }>;

/**
 * Starts an agent: settles what an earlier process left, then connects and works. It keeps running without the hub and comes back by itself.
 * Rejects when the probe's address cannot be listened on or the store cannot be read.
 */
export const startAgent = async (config: AgentConfig, ports: AgentPorts): Promise<Agent> => {
  const { clock, random, store, sensors, link, runner } = ports;
  const { log, tail: logTail } = keptLog(ports.log, clock);
  const { nodeId } = config;
  const bootId = random.id();
  const capabilities = await sensors.detect();
  const outbox = createOutbox(store, clock);
  const admission = createAdmission(capabilities, config);
  const power = powerMeter(config, log);
  const outages = followOutages(store, clock, log);
  const meter = createEdgeMeter({ clock, store, outages, device: capabilities, traffic: () => sensors.traffic?.() });
  const reported = () => outbox.wake();
  const executions = createExecutions({ nodeId, tasksMax: config.tasksMax, admission, store, runner, clock, log, meter, reported });
  const probe: ProbeListener | undefined = config.probeHost === "" ? undefined : await openProbe(config.probeHost, { nodeId, bootId }, ports.alive);
  const startedAtMs = clock.monotonicMs();
  let heartbeats = 0;
  let connections = 0;
  await executions.recover();

  const metrics = (state: DeviceState) => meter.metrics({ state, ...executions.figures(), lastContactMs: session.lastContactMs() });
  const sampler = startSampler(
    sensors,
    clock,
    { heartbeatMs: config.heartbeatMs, staggerShare: random.unit() / 2, thresholds: config },
    {
      heartbeat: (state) => {
        const sent = session.send({ type: "heartbeat", state, executions: executions.list(), metrics: metrics(state) });
        if (sent) heartbeats += 1;
        return sent;
      },
      sample: (state) => session.send({ type: "sample", state, metrics: metrics(state) }),
      sampled: (state) => {
        power.observe(state);
        admission.observe(state, clock.monotonicMs());
        executions.reconsider();
      },
    },
  );
  const configure = (settings: AgentSettings) => {
    executions.setTasksMax(settings.tasksMax);
    sampler.configure(settings);
  };
  let leaving: string | undefined;
  const hands = ports.hands?.({
    capabilities,
    reports: [
      { path: "agent/status.json", text: () => JSON.stringify({ agentVersion, bootId, capabilities, ...figures() }, null, 2) },
      { path: "agent/log.txt", text: () => logTail(logBytesMax) },
    ],
  });
  const channels =
    hands && createChannels({ hands, clock, log, send: (channelId, message) => session.send({ type: "channel", channelId, message }) });
  const doDeed = createDeeds({
    hands,
    unrepeatable: executions.unrepeatable,
    flushed: () => outbox.emptied(flushMs),
    rebooting: (by) => {
      leaving = `it restarts, as ${by} asked`;
      log.info("the machine is to restart", { by });
    },
  });
  const answerTo = async (question: AgentQuestion): Promise<unknown> => {
    if (question.kind === "reboot" || question.kind === "rotate") return doDeed(question);
    if (question.kind === "probe") return probePeer(question.address, question.nodeId, question.timeoutMs);
    const bytesMax = Math.min(question.tailBytes, logBytesMax);
    const text = question.kind === "agent-log" ? logTail(bytesMax) : executions.tail(question.executionId, bytesMax);
    return { found: text !== undefined, text: text ?? "" };
  };
  const receive = (frame: Answerable) => {
    if (frame.type === "assign") executions.assign(frame.execution);
    else if (frame.type === "cancel") executions.cancel(frame.executionId, frame.reason);
    else if (frame.type === "ack") outbox.acknowledge(frame.sequence);
    else if (frame.type === "settings") configure(frame.settings);
    else if (frame.type === "channel") channels?.received(frame.channelId, frame.message);
    else if (frame.type === "ask") {
      const { requestId, question } = frame;
      void answerTo(question).then((body) => {
        session.send({ type: "answer", requestId, body });
        // With the new certificate from now on.
        if (question.kind === "rotate") session.renew();
      });
    }
  };
  const session = openSession(
    link,
    {
      hello: () => ({
        type: "hello",
        protocol: agentProtocolVersion,
        nodeId,
        bootId,
        agentVersion,
        simulated: config.simulated,
        capabilities,
        state: sampler.state(),
        executions: executions.list(),
        metrics: metrics(sampler.state()),
        probeAddress: probe?.address ?? null,
        ...(hands === undefined ? {} : { abilities: [...hands.abilities] }),
      }),
      welcomed: (welcome, connection) => {
        connections += 1;
        configure(welcome.settings);
        outbox.open(connection, welcome.acknowledged, outages.ending());
        sampler.connected();
      },
      received: (frame) => {
        try {
          receive(frame);
        } catch (thrown) {
          log.warn("a frame could not be handled", { type: frame.type, error: textOf(thrown) });
        }
      },
      lost: (lastContactMs) => {
        outbox.close();
        channels?.closeAll("the connection to the hub was lost");
        outages.lost(lastContactMs);
      },
    },
    { clock, random, log, retryMsMax: config.retryMsMax },
  );

  const figures = (): AgentFigures => ({
    ...{ uptimeMs: clock.monotonicMs() - startedAtMs, pendingReports: store.pendingCount(), heartbeats, connections },
    ...{ lastContactMs: session.lastContactMs(), device: capabilities, state: sampler.state() },
    executions: executions.figures(),
    metrics: metrics(sampler.state()),
    power: power.figures(),
    traffic: sensors.traffic?.(),
  });
  let stopped: Promise<void> | undefined;
  const stop = async (asked: string) => {
    const reason = leaving ?? asked;
    log.info("the agent stops", { reason });
    channels?.closeAll("the agent stops");
    sampler.stop();
    await executions.stop(reason);
    await outbox.emptied(farewellMs);
    outages.stop();
    session.close(reason);
    await Promise.all([probe?.close(), runner.close()]);
    store.close();
  };
  return {
    nodeId,
    bootId,
    connected: session.connected,
    pause: executions.pause,
    figures,
    stop: (reason) => {
      stopped ??= stop(reason);
      return stopped;
    },
  };
};
