import type { AgentAbility, ChannelPurpose, ChannelSignal, TerminalSize } from "@fogline/contracts/agent-channel";
import type { Code, Result } from "@fogline/findings";

export type OutputStream = "out" | "error";

export interface ProgramEnd {
  /** Null when it did not exit by itself. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string;
}

/** What runs at the device's end of a channel. */
export interface Program {
  /** Whether it has a terminal: then what it writes comes as one stream, and keys send signals. */
  readonly terminal: boolean;
  /** Hands it input. Resolves when it took it, or will take no more. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(size: TerminalSize): void;
  signal(name: ChannelSignal): void;
  /** Nothing more is read from it until `resume`: a program that writes into a full pipe waits. */
  pause(): void;
  resume(): void;
  /** Ends it and what it started, at once and for certain. */
  kill(): void;
  /** Resolves after its last output was handed over. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
}

/** Why the device does not do it. */
export interface HandsRefusal {
  readonly code: Extract<Code, "FL4151" | "FL4152" | "FL4155">;
  readonly message: string;
}

export type Output = (stream: OutputStream, bytes: Uint8Array) => void;

/** What may be done on the device from afar. */
export interface Hands {
  readonly abilities: readonly AgentAbility[];
  /** Starts what a channel is for. Never rejects. */
  open(purpose: ChannelPurpose, output: Output): Promise<Result<Program, HandsRefusal>>;
  /** Why the device's user lets nobody in now; undefined when people may. */
  refusal(): string | undefined;
  /** Has the machine restart, soon. Answers why it could not; undefined when it will. Never rejects. */
  reboot(): Promise<string | undefined>;
  /** Has a new key and certificate made. Answers why that failed. Never rejects. */
  rotate(): Promise<string | undefined>;
  /** Why what is open must end, now that somebody at the device may have taken the permission back. */
  withdrawn(purpose: ChannelPurpose): string | undefined;
}
