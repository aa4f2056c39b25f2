import { type Agent, AgentConfig, type AgentLog, type Link, type Runner, type Store, startAgent, type Traffic } from "@fogline/agent";
import { freezableClock } from "@fogline/fakes";
import type { Clock, Random } from "@fogline/ports";
import { capabilitiesOf, type SimulatedHardware } from "./hardware.ts";
import { virtualLink } from "./link.ts";
import { advance, firstWorld, type Load, type Pins, readingOf, type World } from "./world.ts";

/** A change to a device's world. Temperature and CPU stay where they are put until null lets them go; the battery goes on from its level. */
export interface WorldChange {
  readonly temperatureCelsius?: number | null;
  readonly batteryPercent?: number;
  readonly charging?: boolean;
  readonly cpuPercent?: number | null;
  readonly networkLatencyMs?: number;
  /** Time stands still: the device neither sends nor answers, its processes stop, its probe is silent. */
  readonly frozen?: boolean;
  readonly linkUp?: boolean;
}

/** One made-up device with its real agent. */
export interface VirtualDevice {
  readonly id: string;
  readonly agent: Agent;
  world(): World;
  set(change: WorldChange): World;
  stop(reason: string): Promise<void>;
}

export interface VirtualDeviceOptions {
  readonly id: string;
  readonly hardware: SimulatedHardware;
  /** The world's clock. The device's own follows it and can be frozen. */
  readonly clock: Clock;
  readonly random: Random;
  /** The real way to the hub, with the device's own credential. */
  readonly link: Link;
  /** Runs commands on the machine that simulates; shared by devices and closed by its owner. */
  readonly runner: Runner;
  readonly store: Store;
  readonly log: AgentLog;
  readonly heartbeatMs?: number;
  readonly world?: WorldChange;
}

/** Notes what an agent runs, for the load of its device, and leaves the shared runner open. */
const metered = (runner: Runner): { runner: Runner; load: () => Load } => {
  const running = new Map<string, Load>();
  return {
    load: () =>
      [...running.values()].reduce((sum, { cores, memoryBytes }) => ({ cores: sum.cores + cores, memoryBytes: sum.memoryBytes + memoryBytes }), {
        cores: 0,
        memoryBytes: 0,
      }),
    runner: {
      prepare: async (execution, nodeId) => {
        const prepared = await runner.prepare(execution, nodeId);
        if (prepared.ok) {
          running.set(execution.executionId, { cores: execution.cpuCores, memoryBytes: execution.memoryBytes });
          void prepared.process.ended.then(() => running.delete(execution.executionId));
        }
        return prepared;
      },
      endLeftover: (trace) => runner.endLeftover(trace),
      close: async () => undefined,
    },
  };
};

const battery = (world: World, change: WorldChange): Pick<World, "batteryPercent" | "charging"> => ({
  // A device without battery does not get one by being told its level.
  batteryPercent: world.batteryPercent === null ? null : (change.batteryPercent ?? world.batteryPercent),
  charging: world.charging === null ? null : (change.charging ?? world.charging),
});

/** Counts what goes through a link, as the network interface of a real device does. */
const counted = (link: Link): { readonly link: Link; traffic(): Traffic } => {
  let traffic: Traffic = { receivedBytes: 0, sentBytes: 0 };
  return {
    traffic: () => traffic,
    link: {
      connect: (events) => {
        const connection = link.connect({
          ...events,
          received: (text) => {
            traffic = { ...traffic, receivedBytes: traffic.receivedBytes + Buffer.byteLength(text) };
            events.received(text);
          },
        });
        return {
          ...connection,
          send: (text) => {
            traffic = { ...traffic, sentBytes: traffic.sentBytes + Buffer.byteLength(text) };
            connection.send(text);
          },
        };
      },
    },
  };
};

/** Starts a made-up device: the agent that runs on real ones, with a world instead of hardware beneath it. */
export const startDevice = async (options: VirtualDeviceOptions): Promise<VirtualDevice> => {
  const { id, hardware } = options;
  const clock = freezableClock(options.clock);
  const bootedAtMs = clock.monotonicMs();
  const { runner, load } = metered(options.runner);
  let world = firstWorld(hardware);
  let pins: Pins = { temperatureCelsius: null, cpuPercent: null };
  let lookedAtMs = bootedAtMs;
  const link = virtualLink(options.link, { clock: options.clock, latencyMs: () => world.networkLatencyMs });
  const wire = counted(link);

  const now = (): World => {
    const atMs = clock.monotonicMs();
    world = advance(world, hardware, load(), pins, atMs - lookedAtMs);
    lookedAtMs = atMs;
    return world;
  };
  let agent: Agent | undefined;
  const freeze = (frozen: boolean) => {
    if (frozen === clock.frozen) return;
    link.setFrozen(frozen);
    if (frozen) clock.freeze();
    else clock.thaw();
    agent?.pause(frozen);
  };
  const set = (change: WorldChange): World => {
    const { networkLatencyMs, frozen, linkUp } = change;
    now();
    pins = {
      temperatureCelsius: change.temperatureCelsius === undefined ? pins.temperatureCelsius : change.temperatureCelsius,
      cpuPercent: change.cpuPercent === undefined ? pins.cpuPercent : change.cpuPercent,
    };
    world = {
      ...world,
      ...battery(world, change),
      networkLatencyMs: networkLatencyMs ?? world.networkLatencyMs,
      frozen: frozen ?? world.frozen,
      linkUp: linkUp ?? world.linkUp,
    };
    if (linkUp !== undefined) link.setUp(linkUp);
    if (frozen !== undefined) freeze(frozen);
    return now();
  };
  if (options.world !== undefined) set(options.world);

  const started = await startAgent(
    AgentConfig.parse({ nodeId: id, simulated: true, ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }) }),
    {
      clock,
      random: options.random,
      store: options.store,
      sensors: {
        detect: async () => capabilitiesOf(hardware),
        sample: () => readingOf(now(), hardware, clock.monotonicMs() - bootedAtMs),
        traffic: wire.traffic,
      },
      link: wire.link,
      runner,
      log: options.log,
      alive: () => !clock.frozen,
    },
  );
  agent = started;
  return {
    id,
    agent: started,
    world: now,
    set,
    stop: (reason) => {
      freeze(false);
      return started.stop(reason);
    },
  };
};
