import type { Execution, ExecutionReport } from "@fogline/contracts/agent-protocol";
import type { DeviceCapabilities, DeviceState } from "@fogline/contracts/device";

/** One look at the device, before it is judged: what {@link DeviceState} holds without the modes and the time. */
export type Reading = Omit<DeviceState, "powerMode" | "thermalState" | "sampledAtMs">;

/** What the agent knows of its device. `detect` runs once at start and may take a while; `sample` runs every second and must cost next to nothing. */
export interface Sensors {
  detect(): Promise<DeviceCapabilities>;
  sample(): Reading;
  /** What went through the device's ways out since the machine booted; undefined, or no such method, where it is not known. */
  traffic?(): Traffic | undefined;
}

/** Bytes through all network interfaces that lead out of the device. */
export interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface LinkEvents {
  opened(): void;
  received(text: string): void;
  /** Something arrived that is not a frame: the answer to {@link Connection.ping}. */
  alive(): void;
  /** Called exactly once per connection, also when it never opened. */
  closed(reason: string): void;
}

export interface Connection {
  /** Hands a frame to the network; whether it arrived is known only by its acknowledgement. */
  send(text: string): void;
  /** Asks the other side for a sign of life below the protocol. */
  ping(): void;
  close(reason: string): void;
}

/** The way to the hub. One call, one connection attempt. */
export interface Link {
  connect(events: LinkEvents): Connection;
}

/** What a device shows of itself and what it trusts, PEM. */
export interface TlsIdentity {
  readonly key: string;
  /** Its certificate, then those between it and the CA. */
  readonly cert: string;
  /** The fleet's CA. */
  readonly ca: string;
}

/** Who this device is towards the hub. */
export interface HubIdentity {
  /** What to show now. Enrols or renews first when that is needed; rejects when that fails, and may be asked again. */
  current(): Promise<TlsIdentity>;
  /** The hub refused what was shown, with a code of docs/errors.md. */
  refused(code: string): void;
}

/** What identifies a started process after the agent that started it is gone. */
export interface ProcessTrace {
  /** Process id of the group's leader, which is also the id of the group and of its session. */
  readonly processGroup: number;
  /** Start of the leader in clock ticks since the machine booted; tells a reused process id apart. */
  readonly startTicks: number;
  /** Identity of the machine's boot; process ids of another boot mean nothing. */
  readonly machineBoot: string;
  readonly controlGroups: readonly string[];
  /** Every process of the execution has it in its environment, as FOGLINE_EXECUTION_ID. */
  readonly executionId: string;
  readonly container?: { readonly engine: string; readonly name: string };
}

/** How a process ended by itself. Why the agent ended it is the agent's knowledge. */
export interface ProcessEnd {
  /** `could-not-start` when its container could not be made, which shows only after the release. */
  readonly outcome: "exited" | "signalled" | "out-of-memory" | "could-not-start";
  /** Why it could not start. */
  readonly message?: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputTruncated: boolean;
}

/** A process that exists but does nothing until `release`: between the two, its trace is written to the journal. */
export interface PreparedProcess {
  readonly trace: ProcessTrace;
  /** Which limits hold and by what means, in a sentence. */
  readonly limits: string;
  readonly ended: Promise<ProcessEnd>;
  /** Whether its container's image was on the device already; absent for what needs no image. */
  readonly imagePresent?: boolean;
  release(): void;
  /** Sends a signal to the whole process group, or to the first process of a container; stopping and continuing is for the whole container. */
  signal(name: "SIGTERM" | "SIGSTOP" | "SIGCONT"): void;
  /** Ends every process of the execution, at once and for certain. */
  kill(): void;
  /** The last output, both streams, at most `bytesMax` bytes. */
  tail(bytesMax: number): string;
}

export type Preparation = { readonly ok: true; readonly process: PreparedProcess } | { readonly ok: false; readonly message: string };

/** Runs executions as processes of this machine. What it started ends when the agent's process does, however that ends. */
export interface Runner {
  prepare(execution: Execution, nodeId: string): Promise<Preparation>;
  /** Ends what an earlier agent process left running. */
  endLeftover(trace: ProcessTrace): Promise<void>;
  /** Lets go of helper processes; everything prepared must have ended before. */
  close(): Promise<void>;
}

/** An execution that has not finished, as the journal holds it. */
export interface JournalEntry {
  readonly execution: Execution;
  readonly phase: "accepted" | "started";
  readonly trace: ProcessTrace | undefined;
}

export interface OutboxEntry {
  readonly sequence: number;
  readonly report: ExecutionReport;
}

/** A time without the hub that is over. */
export interface Outage {
  /** Wall clock. */
  readonly endedAtMs: number;
  readonly lastedMs: number;
}

/** What is counted from the first start on a data folder on. */
export interface Totals {
  /** Executions that exited with code 0. */
  readonly completed: number;
  /** Executions that ended in any other way, unless they were cancelled. */
  readonly failed: number;
  /** Starts in a container, and those whose image was there already. */
  readonly imagesAsked: number;
  readonly imagesPresent: number;
  /** Outages that are over. */
  readonly outages: number;
  readonly outagesMs: number;
  readonly longestOutageMs: number;
  readonly lastOutageEndedAtMs: number | null;
  /** Executions that finished while the hub was away. */
  readonly finishedAway: number;
  /** When the outage that goes on began, wall clock; null while there is none. */
  readonly awaySinceMs: number | null;
  /** When the hub was heard of at the last welcome or loss, wall clock. */
  readonly lastSyncAtMs: number | null;
}

/** What must survive a crash of the agent. Every method is durable when it returns. */
export interface Store {
  /** Journals a new execution and its report in one transaction. False when its id was seen before: then nothing changes. */
  accept(execution: Execution, report: ExecutionReport): boolean;
  /** Journals that the execution may start from here on. Comes before its process is made. */
  start(executionId: string): void;
  /** Journals the process that runs it, with a report, and counts whether its image was there. */
  running(executionId: string, trace: ProcessTrace, report: ExecutionReport, imagePresent?: boolean): void;
  /** Puts a started execution back to accepted, because its restart policy lets it start again later. */
  suspend(executionId: string): void;
  /** Journals the result with the last output, and its report, and counts it. Reports of the same execution that are still unsent are superseded. */
  finish(report: ExecutionReport, tail: string): void;
  /** What has not finished, oldest first. */
  open(): readonly JournalEntry[];
  /** Unacknowledged reports after a sequence, oldest first. */
  pending(afterSequence: number, limit: number): readonly OutboxEntry[];
  pendingCount(): number;
  /** Forgets everything up to and including a sequence. */
  acknowledge(sequence: number): void;
  /**
   * Aligns with the hub at a new connection. A hub that acknowledged more than this folder ever sent knows an earlier folder of the same node:
   * the sequence continues after what it has. Counts the outage that the connection ended.
   */
  resume(acknowledged: number, outage?: Outage): void;
  /** Notes that the hub is away since `atMs`, and when it was last heard of. */
  lost(atMs: number, lastContactMs: number | null): void;
  totals(): Totals;
  /** The last output of a finished execution, if it is still kept. */
  tail(executionId: string): string | undefined;
  close(): void;
}

/** Where the agent writes what happened: one line an entry. Values are printed as JSON; secrets never reach it. */
export interface AgentLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
