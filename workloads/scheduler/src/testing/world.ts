import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeRecord, TaskRecord, TaskSpec } from "@fogline/contracts";
import { createTask, getTask, listTasks } from "@fogline/contracts";
import { seededRandom, type VirtualClock, virtualClock } from "@fogline/fakes";
import { type BusFaults, inProcessBus } from "@fogline/in-process";
import type { Bus, Database, Random } from "@fogline/ports";
import { type Client, createClient } from "@fogline/rpc";
import type { Running } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import type { z } from "zod";
import { type SchedulerConfig, schedulerConfig } from "../config.ts";
import { type SchedulerPorts, type SchedulerSchema, start } from "../index.ts";
import { type Behaviour, Fleet } from "./fleet.ts";
import { Life } from "./mortal.ts";

export interface WorldOptions {
  readonly nodes: readonly NodeRecord[];
  readonly seed?: number;
  /** What the bus does to messages; nothing unless given. */
  readonly faults?: BusFaults;
  readonly behaviour?: Behaviour;
  readonly config?: Partial<SchedulerConfig>;
  readonly profiles?: SchedulerPorts["profiles"];
}

type NewTask = z.input<typeof TaskSpec>;

/** A scheduler with its database on disk, a registry and agents, all on one virtual clock and one seed. */
export class TestWorld {
  readonly clock: VirtualClock = virtualClock(1_000_000);
  readonly random: Random;
  readonly bus: Bus;
  readonly fleet: Fleet;
  readonly client: Client;
  readonly #options: WorldOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "fogline-scheduler-"));
  readonly #databases: Database<SchedulerSchema>[] = [];
  life = new Life();
  scheduler: Running | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { clock } = this;
    this.random = seededRandom(options.seed ?? 1);
    const { random } = this;
    this.bus = inProcessBus({ clock, random, ...(options.faults === undefined ? {} : { faults: options.faults }) });
    this.fleet = new Fleet({ bus: this.bus, clock, random, ...(options.behaviour === undefined ? {} : { behaviour: options.behaviour }) });
    this.client = createClient(this.bus, { clock, random, source: "person" });
  }

  async open(): Promise<this> {
    await this.fleet.start(this.#options.nodes);
    await this.startScheduler();
    return this;
  }

  /** Starts a scheduler on the same database file; `diesAt` kills it after that many points. */
  async startScheduler(diesAt?: number, instance = "scheduler-1"): Promise<void> {
    const life = new Life(diesAt);
    this.life = life;
    const database = openSqlite<SchedulerSchema>(join(this.#folder, "scheduler.sqlite"));
    this.#databases.push(database);
    const { clock, random } = this;
    const config = schedulerConfig.parse({ instance, logLevel: "silent", ...this.#options.config });
    const { profiles } = this.#options;
    const ports = {
      bus: life.bus(this.bus),
      clock: life.clock(clock),
      random,
      database: life.database(database),
      ...(profiles === undefined ? {} : { profiles }),
    };
    // A start that dies on the way never returns.
    const starting = start(config, ports).then((running) => {
      this.scheduler = running;
    });
    await this.until(async () => {
      const started = await Promise.race([starting.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
      return started || !life.alive;
    });
  }

  async stop(): Promise<void> {
    const stopping = this.life.alive ? this.scheduler?.stop("test is over") : undefined;
    let stopped = stopping === undefined;
    void stopping?.then(() => {
      stopped = true;
    });
    await this.until(async () => stopped);
    this.life.kill();
    await this.fleet.stop();
    await this.bus.close();
    for (const database of this.#databases) await database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Lets virtual time pass in steps until something holds. Fails after a virtual hour. */
  async until(holds: () => Promise<boolean>, stepMs = 100): Promise<void> {
    for (let passedMs = 0; passedMs < 3_600_000; passedMs += stepMs) {
      if (await holds()) return;
      await this.clock.advance(stepMs);
    }
    throw new Error("it did not come to that within a virtual hour");
  }

  /** A call, with virtual time passing while it is on its way. */
  async during<Value>(call: Promise<Value>): Promise<Value> {
    let done = false;
    void call.then(
      () => {
        done = true;
      },
      () => {
        done = true;
      },
    );
    await this.until(async () => done, 20);
    return call;
  }

  async submit(spec: Partial<NewTask> = {}, idempotencyKey?: string): Promise<TaskRecord> {
    const answer = await this.during(
      this.client.call(createTask, { command: ["true"], ...spec }, idempotencyKey === undefined ? {} : { idempotencyKey }),
    );
    if (!answer.ok) throw new Error(answer.failure.message);
    return answer.value;
  }

  async task(id: string): Promise<TaskRecord> {
    const answer = await this.during(this.client.call(getTask, { id }));
    if (!answer.ok) throw new Error(answer.failure.message);
    return answer.value;
  }

  async tasks(): Promise<TaskRecord[]> {
    const all: TaskRecord[] = [];
    for (let after: string | undefined; ; ) {
      const answer = await this.during(this.client.call(listTasks, { limit: 1_000, ...(after === undefined ? {} : { after }) }));
      if (!answer.ok) throw new Error(answer.failure.message);
      all.push(...answer.value.tasks);
      if (answer.value.next === null) return all;
      after = answer.value.next;
    }
  }

  async reaches(id: string, status: TaskRecord["status"]): Promise<TaskRecord> {
    await this.until(async () => (await this.task(id)).status === status);
    return this.task(id);
  }
}
