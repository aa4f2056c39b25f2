import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AgentLog,
  fileIdentityStore,
  hostClock,
  hostRandom,
  memoryIdentityStore,
  openIdentity,
  processRunner,
  type Runner,
  sqliteStore,
  webSocketLink,
} from "@fogline/agent";
import { textOf } from "@fogline/findings";
import type { DeviceDescription, SimulationDescription, SimulationReply, SimulationRequest } from "./description.ts";
import { startDevice, type VirtualDevice } from "./device.ts";
import { identityFile, identityName } from "./identity-file.ts";
import { sharedEnrolment } from "./shared-enrolment.ts";

/** All devices of a simulation, running in this process. */
export interface SimulationHost {
  /** Never rejects: what cannot be done is answered with the reason. */
  answer(request: SimulationRequest): Promise<SimulationReply>;
  stop(reason: string): Promise<void>;
}

/** What commands of simulated devices inherit from the process that simulates. */
export type Inherited = Readonly<Record<string, string>>;

/** The database of a device and what SQLite keeps beside it. */
const storePath = (dataFolder: string, id: string): string => join(dataFolder, `${id}.db`);
const besideStore = ["", "-wal", "-shm", "-journal"];

/** Removes the databases and identities of devices that left while no process simulated them. */
const forgetOthers = (dataFolder: string, devices: readonly DeviceDescription[]): void => {
  const known = new Set(devices.map(({ id }) => id));
  for (const name of readdirSync(dataFolder)) {
    const id = /^(.+)\.db(-wal|-shm|-journal)?$/.exec(name)?.[1] ?? identityName(name);
    if (id !== undefined && !known.has(id)) rmSync(join(dataFolder, name), { force: true });
  }
};

/** Brings devices to life over one runner, and takes them away again. */
const deviceMaker = ({ hubUrl, dataFolder, heartbeatMs }: SimulationDescription, runner: Runner, log: AgentLog) => {
  const shared = sharedEnrolment();
  return {
    make: async ({ id, token, hardware, world }: DeviceDescription): Promise<VirtualDevice> => {
      const identity = openIdentity({
        store: dataFolder === null ? memoryIdentityStore() : fileIdentityStore(identityFile(dataFolder, id)),
        ...{ token, hubUrl, nodeId: id, clock: hostClock, random: hostRandom, log, shared },
      });
      // A power cut ends the whole simulated world; hundreds of devices must not wait for one disk.
      const store = sqliteStore(dataFolder === null ? ":memory:" : storePath(dataFolder, id), hostClock.now(), "process");
      try {
        const device = await startDevice({
          id,
          hardware,
          clock: hostClock,
          random: hostRandom,
          link: webSocketLink({ hubUrl: identity.hubUrl, nodeId: id, identity }),
          runner,
          store,
          log,
          ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
          ...(world === undefined ? {} : { world }),
        });
        const stop = (reason: string) => {
          identity.close();
          return device.stop(reason);
        };
        return { ...device, stop };
      } catch (thrown) {
        // It may be tried again for as long as this process runs.
        identity.close();
        store.close();
        throw thrown;
      }
    },
    forget: (id: string): void => {
      if (dataFolder === null) return;
      for (const suffix of besideStore) rmSync(`${storePath(dataFolder, id)}${suffix}`, { force: true });
      rmSync(identityFile(dataFolder, id), { force: true });
    },
    close: () => shared.close(),
  };
};

/** Starts every described device in this process, over one runner. */
export const hostDevices = async (description: SimulationDescription, inherited: Inherited, log: AgentLog): Promise<SimulationHost> => {
  const { dataFolder } = description;
  const workFolder = dataFolder === null ? mkdtempSync(join(tmpdir(), "fogline-simulation-")) : join(dataFolder, "work");
  if (dataFolder !== null) {
    mkdirSync(dataFolder, { recursive: true });
    forgetOthers(dataFolder, description.devices);
  }
  const runner = await processRunner({ folder: workFolder, environment: { ...inherited, FOGLINE_SIMULATED: "true" }, containerEngine: null });
  const { make, forget, close } = deviceMaker(description, runner, log);
  const devices = new Map<string, VirtualDevice>();
  for (const device of description.devices) devices.set(device.id, await make(device));
  /** The last change asked for each device: changes of one device come one after the other, those of different ones side by side. */
  const changes = new Map<string, Promise<unknown>>();
  let stopping = false;

  const deviceOf = (id: string): VirtualDevice => {
    const device = devices.get(id);
    if (device === undefined) throw new Error(`no simulated device "${id}"`);
    return device;
  };
  const inTurn = (id: string, change: () => Promise<void>): Promise<void> => {
    const done = Promise.resolve(changes.get(id)).then(() => {
      if (stopping) throw new Error("the simulation is ending");
      return change();
    });
    const settled = done.catch(() => undefined).then(() => void (changes.get(id) === settled && changes.delete(id)));
    changes.set(id, settled);
    return done;
  };
  const add = async (device: DeviceDescription): Promise<void> => {
    if (devices.has(device.id)) throw new Error(`device "${device.id}" is simulated already`);
    devices.set(device.id, await make(device));
  };
  const remove = async (id: string, keepStore: boolean): Promise<void> => {
    const device = deviceOf(id);
    devices.delete(id);
    try {
      await device.stop(keepStore ? "its description changed" : "it was removed");
    } finally {
      if (!keepStore) forget(id);
    }
  };
  const perform = async (asked: SimulationRequest): Promise<SimulationReply> => {
    const { request } = asked;
    if ("add" in asked) await inTurn(asked.add.id, () => add(asked.add));
    else if ("remove" in asked) await inTurn(asked.remove, () => remove(asked.remove, asked.keepStore === true));
    else if ("world" in asked) return { request, world: deviceOf(asked.world.id).world() };
    else {
      const { id, ...change } = asked.set;
      return { request, world: deviceOf(id).set(change) };
    }
    return { request, done: true };
  };
  return {
    answer: (asked) => perform(asked).catch((thrown: unknown) => ({ request: asked.request, error: textOf(thrown) })),
    stop: async (reason) => {
      stopping = true;
      // Those that live end at once; a device that is just coming to life ends when it does.
      const ended = new Set(devices.values());
      await Promise.all([...changes.values(), ...[...ended].map((device) => device.stop(reason))]);
      await Promise.all([...devices.values()].filter((device) => !ended.has(device)).map((device) => device.stop(reason)));
      close();
      await runner.close();
      if (dataFolder === null) rmSync(workFolder, { recursive: true, force: true });
    },
  };
};
