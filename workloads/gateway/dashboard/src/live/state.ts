import type { Activity, DeviceState, EdgeMetrics, GitOpsStatus, NodeRecord, SignedIn, TaskRecord } from "@fogline/contracts";

/** Who looks at the page. */
export type Principal = Pick<SignedIn, "name" | "role">;

/** One point of a device's charts. */
export interface Sample {
  readonly atMs: number;
  readonly cpuPercent: number;
  readonly memoryAvailableBytes: number;
  readonly temperatureCelsius: number | null;
  readonly batteryPercent: number | null;
  readonly networkLatencyMs: number | null;
}

/** A device as the page knows it. Replaced, never changed, so that a row is drawn again only when its device is another object. */
export interface Device {
  readonly node: NodeRecord;
  readonly samples: readonly Sample[];
}

export interface Line extends Activity {
  readonly cursor: string;
}

/**
 * What the page is at: reading the first time, showing, without a session, without the right to see, or without having seen anything because
 * of an error.
 */
export type Phase = "loading" | "live" | "signed-out" | "forbidden" | "failed";

/** Everything that the page shows and does not own. One of it per page. */
export interface State {
  phase: Phase;
  /** Why the phase is what it is, where that is not plain. */
  problem: string | null;
  principal: Principal | null;
  /** Came in by a one-time link, so may have no password. */
  byLink: boolean;
  /** Since when the hub does not answer; null while it does. */
  goneSinceMs: number | null;
  devices: Map<string, Device>;
  tasks: Map<string, TaskRecord>;
  gitops: GitOpsStatus | null;
  lines: readonly Line[];
  /** Grow with every change of the map of that name, which is changed in place; `members` when a device came, went or moved. */
  revisions: { devices: number; tasks: number; members: number };
}

const sampleWindowMs = 5 * 60_000;
/** Of devices whose page was opened more is kept; of the last few such devices. */
const historyWindowMs = 60 * 60_000;
const historiesMax = 8;
/** The charts are 64 points wide: samples that come closer than this replace the last one. */
const sampleStepMs = 4_000;
/** Samples alone are drawn this often at most: a thousand devices send hundreds a second, and nobody reads faster. */
const sampleDrawMs = 250;
const tasksMax = 300;
const linesMax = 200;

/** The samples with one more, without those that are older than the charts show. A sample that is not newer changes nothing. */
const withSample = (samples: readonly Sample[], state: DeviceState | null, windowMs: number): readonly Sample[] => {
  if (state === null) return samples;
  const { sampledAtMs: atMs, cpuPercent, memoryAvailableBytes, temperatureCelsius, batteryPercent, networkLatencyMs } = state;
  if (atMs <= (samples.at(-1)?.atMs ?? 0)) return samples;
  const before = samples.at(-2)?.atMs ?? Number.NEGATIVE_INFINITY;
  const kept = atMs - before < sampleStepMs ? samples.slice(0, -1) : samples;
  return [
    ...kept.filter((sample) => sample.atMs > atMs - windowMs),
    { atMs, cpuPercent, memoryAvailableBytes, temperatureCelsius, batteryPercent, networkLatencyMs },
  ];
};

const newest = (record: NodeRecord, known: Device | undefined): NodeRecord => {
  const state = known?.node.state ?? null;
  // A record is stored less often than samples arrive: the newer sample stays.
  return state !== null && state.sampledAtMs > (record.state?.sampledAtMs ?? 0) ? { ...record, state } : record;
};

const nothingKnown = (phase: Phase): State => ({
  phase,
  problem: null,
  principal: null,
  byLink: false,
  goneSinceMs: null,
  devices: new Map(),
  tasks: new Map(),
  gitops: null,
  lines: [],
  revisions: { devices: 0, tasks: 0, members: 0 },
});

export class Store {
  readonly state: State = nothingKnown("loading");
  /** The hub's clock less this one's, in milliseconds. */
  skewMs = 0;
  readonly #histories = new Map<string, readonly Sample[]>();
  readonly #listeners = new Set<() => void>();
  #frame = 0;
  #drawLater = 0;

  /** Tells at most once per drawn frame, however much changed. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(change: Partial<State>): void {
    Object.assign(this.state, change);
    this.#changed();
  }

  /** After signing out: what was seen must not stay for the next who sits here. */
  forget(): void {
    this.#histories.clear();
    this.set(nothingKnown("signed-out"));
  }

  /** The time of the hub. */
  now(): number {
    return Date.now() + this.skewMs;
  }

  listNodes(nodes: readonly NodeRecord[]): void {
    const before = this.state.devices;
    this.state.devices = new Map();
    this.state.revisions.members += 1;
    for (const node of nodes) this.#putNode(node, before.get(node.id), true);
    this.#changed("devices");
  }

  putNode(id: string, node: NodeRecord | null): void {
    if (node === null) {
      this.state.devices.delete(id);
      this.state.revisions.members += 1;
    } else this.#putNode(node, this.state.devices.get(id), false);
    this.#changed("devices");
  }

  sample(id: string, state: DeviceState, metrics?: EdgeMetrics): void {
    const device = this.state.devices.get(id);
    if (device === undefined || state.sampledAtMs <= (device.node.state?.sampledAtMs ?? 0)) return;
    const node = { ...device.node, state, metrics: metrics ?? device.node.metrics };
    this.state.devices.set(id, { node, samples: withSample(device.samples, state, sampleWindowMs) });
    this.#keep(id, state);
    this.state.revisions.devices += 1;
    this.#drawLater ||= setTimeout(() => this.#changed(), sampleDrawMs);
  }

  /** The samples of a device over a longer time, kept from the first call on. */
  historyOf(id: string): readonly Sample[] {
    const known = this.#histories.get(id);
    if (known !== undefined) return known;
    const samples = this.state.devices.get(id)?.samples ?? [];
    this.#histories.set(id, samples);
    const [oldest] = this.#histories.keys();
    if (this.#histories.size > historiesMax && oldest !== undefined) this.#histories.delete(oldest);
    return samples;
  }

  listTasks(tasks: readonly TaskRecord[]): void {
    this.state.tasks = new Map(tasks.map((task) => [task.id, task]));
    this.#changed("tasks");
  }

  putTask(task: TaskRecord): void {
    const known = this.state.tasks.get(task.id);
    if (known !== undefined && known.version > task.version) return;
    this.state.tasks.set(task.id, task);
    if (this.state.tasks.size > tasksMax) this.#forgetTask();
    this.#changed("tasks");
  }

  addLine(line: Line): void {
    const { lines } = this.state;
    if (lines.some(({ cursor }) => cursor === line.cursor)) return;
    this.state.lines = [line, ...lines].slice(0, linesMax);
    this.#changed();
  }

  #putNode(node: NodeRecord, known: Device | undefined, authoritative: boolean): void {
    if (!authoritative && known !== undefined && known.node.version > node.version) return;
    const record = newest(node, known);
    if (known?.node.site !== node.site) this.state.revisions.members += 1;
    this.state.devices.set(node.id, { node: record, samples: withSample(known?.samples ?? [], record.state, sampleWindowMs) });
    this.#keep(node.id, record.state);
  }

  #keep(id: string, state: DeviceState | null): void {
    const samples = this.#histories.get(id);
    if (samples !== undefined) this.#histories.set(id, withSample(samples, state, historyWindowMs));
  }

  /** Drops the oldest task that has ended. */
  #forgetTask(): void {
    let oldest: TaskRecord | undefined;
    for (const task of this.state.tasks.values()) {
      if (task.finishedAtMs !== null && (oldest === undefined || task.createdAtMs < oldest.createdAtMs)) oldest = task;
    }
    if (oldest !== undefined) this.state.tasks.delete(oldest.id);
  }

  #changed(what?: keyof State["revisions"]): void {
    if (what !== undefined) this.state.revisions[what] += 1;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      clearTimeout(this.#drawLater);
      this.#drawLater = 0;
      for (const listener of this.#listeners) listener();
    });
  }
}
