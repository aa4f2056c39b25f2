import type { AgentAbility, AgentQuestion, AgentSettings, Execution, FromAgent, FromHub } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { GatewayConfig } from "../config.ts";
import { RateLimit } from "../rate.ts";
import { ConnectionChannels } from "./channels.ts";
import { parseFrame, textOfFrame } from "./frames.ts";

/** What a connection needs of its WebSocket. */
export interface Socket {
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Ends it without a handshake. */
  terminate(): void;
}

type Hello = Extract<FromAgent, { type: "hello" }>;
type Report = Extract<FromAgent, { type: "report" }>;

export interface ConnectionEvents {
  hello(hello: Hello): void;
  heartbeat(beat: Extract<FromAgent, { type: "heartbeat" }>): void;
  sample(sample: Extract<FromAgent, { type: "sample" }>): void;
  /** False when too many wait. */
  report(report: Report): boolean;
  /** Once, when the connection is over, for whatever reason. */
  ended(reason: string): void;
}

type Limits = Pick<
  GatewayConfig,
  "helloTimeoutMs" | "pingMs" | "pingsMissedMax" | "outboundBytesMax" | "questionsMax" | "framesPerSecond" | "rateBurstSeconds"
>;

export interface ConnectionParts {
  readonly socket: Socket;
  readonly id: string;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly events: ConnectionEvents;
}

/** WebSocket close codes (RFC 6455 section 7.4.1, and the registry for 1012 and 1013). */
export const closeCode = { goingAway: 1001, notUnderstood: 1007, refused: 1008, restart: 1012, tryLater: 1013, replaced: 4000 } as const;

/** What becomes of a question: the agent's answer, or why there is none. */
export type Answer = { readonly body: unknown } | "gone";

/** One agent's connection: `waiting` for its hello, `checking` it with the orchestrator, `open`, `over`. Never throws for what arrives. */
export class AgentConnection {
  readonly id: string;
  readonly nodeId: string;
  readonly channels: ConnectionChannels;
  readonly #parts: ConnectionParts;
  readonly #rate: RateLimit;
  readonly #questions = new Map<string, (answer: Answer) => void>();
  #state: "waiting" | "checking" | "open" | "over" = "waiting";
  #abilities: readonly string[] = [];
  #agentVersion = "unknown";
  #asked = 0;
  #unanswered = 0;
  #pings = 0;
  #cancel: () => void;

  constructor(parts: ConnectionParts) {
    this.id = parts.id;
    this.nodeId = parts.nodeId;
    this.#parts = parts;
    this.channels = new ConnectionChannels({
      send: (channelId, message) => this.#state === "open" && this.send({ type: "channel", channelId, message }),
      clock: parts.clock,
    });
    this.#rate = new RateLimit({ perSecond: parts.limits.framesPerSecond, burstSeconds: parts.limits.rateBurstSeconds });
    this.#cancel = parts.clock.after(parts.limits.helloTimeoutMs, () => this.refuse("FL4018", "no hello came in time", closeCode.refused));
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  get agentVersion(): string {
    return this.#agentVersion;
  }

  /** Whether the agent said in its hello that it can. */
  can(ability: AgentAbility): boolean {
    return this.#abilities.includes(ability);
  }

  /** A message arrived. */
  received(text: string, isBinary: boolean): void {
    if (this.#state === "over") return;
    const frame = this.#read(text, isBinary);
    if (frame === undefined) return;
    this.#unanswered = 0;
    if (frame !== "unknown") this.#take(frame);
  }

  /** The frame of a message; `undefined` when it was refused. */
  #read(text: string, isBinary: boolean): FromAgent | "unknown" | undefined {
    if (isBinary) this.refuse("FL4018", "frames are text, not binary", closeCode.notUnderstood);
    else if (this.#rate.take(this.nodeId, this.#parts.clock.monotonicMs()) > 0) this.refuse("FL4007", "too many frames", closeCode.refused);
    else {
      const parsed = parseFrame(text);
      if (parsed.kind === "frame") return parsed.frame;
      // A type that a newer agent knows and this hub does not.
      if (parsed.kind === "unknown") return "unknown";
      this.refuse("FL4018", parsed.message, closeCode.notUnderstood);
    }
    return undefined;
  }

  /** The orchestrator knows the node: everything may be sent now. */
  welcome(welcome: Extract<FromHub, { type: "welcome" }>): void {
    if (this.#state !== "checking") return;
    this.#state = "open";
    this.send(welcome);
    this.#ping();
  }

  /** Sends a frame; false when the connection is over or does not take what is sent. */
  send(frame: FromHub): boolean {
    if (this.#state === "over") return false;
    const { socket, limits } = this.#parts;
    if (socket.bufferedAmount > limits.outboundBytesMax) {
      socket.terminate();
      this.end(`it does not read: ${socket.bufferedAmount} bytes wait for it`);
      return false;
    }
    socket.send(textOfFrame(frame));
    return true;
  }

  assign(execution: Execution): boolean {
    return this.#state === "open" && this.send({ type: "assign", execution });
  }

  cancel(executionId: string, reason: string): boolean {
    return this.#state === "open" && this.send({ type: "cancel", executionId, reason });
  }

  configure(settings: AgentSettings): boolean {
    return this.#state === "open" && this.send({ type: "settings", settings });
  }

  /** Asks and waits for the answer, until the signal aborts or the connection ends. */
  ask(question: AgentQuestion, signal: AbortSignal): Promise<Answer> {
    if (this.#state !== "open" || this.#questions.size >= this.#parts.limits.questionsMax) return Promise.resolve("gone");
    this.#asked += 1;
    const requestId = `${this.id}.${this.#asked}`;
    return new Promise((resolve) => {
      const settle = (answer: Answer) => {
        signal.removeEventListener("abort", abort);
        this.#questions.delete(requestId);
        resolve(answer);
      };
      const abort = () => settle("gone");
      signal.addEventListener("abort", abort);
      this.#questions.set(requestId, settle);
      if (signal.aborted || !this.send({ type: "ask", requestId, question })) settle("gone");
    });
  }

  /** Tells the agent why and closes. */
  refuse(code: string, message: string, close: number): void {
    if (this.#state === "over") return;
    this.send({ type: "refused", code, message });
    this.close(close, message);
  }

  close(code: number, reason: string): void {
    if (this.#state === "over") return;
    // A close frame carries 123 bytes at most; a reason may have any characters.
    this.#parts.socket.close(code, reason.replace(/[^\x20-\x7e]/g, "?").slice(0, 120));
    this.end(reason);
  }

  /** The connection is over. Only the first reason counts. */
  end(reason: string): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#cancel();
    for (const settle of [...this.#questions.values()]) settle("gone");
    this.channels.end(`the connection of the device ended: ${reason}`);
    this.#parts.events.ended(reason);
  }

  #take(frame: FromAgent): void {
    if (frame.type === "hello") this.#hello(frame);
    else if (frame.type === "bye") this.close(1000, `it said goodbye: ${frame.reason}`);
    else if (this.#state !== "open") this.refuse("FL4018", `"${frame.type}" came before the welcome`, closeCode.refused);
    else this.#takeOpen(frame);
  }

  #hello(hello: Hello): void {
    if (this.#state !== "waiting") {
      this.refuse("FL4018", "hello came twice", closeCode.refused);
      return;
    }
    this.#state = "checking";
    this.#abilities = hello.abilities ?? [];
    this.#agentVersion = hello.agentVersion;
    this.#cancel();
    this.#parts.events.hello(hello);
  }

  #takeOpen(frame: Exclude<FromAgent, { type: "hello" | "bye" }>): void {
    const { events } = this.#parts;
    switch (frame.type) {
      case "heartbeat":
        events.heartbeat(frame);
        break;
      case "sample":
        events.sample(frame);
        break;
      case "report":
        if (!events.report(frame)) this.close(closeCode.tryLater, "too many reports wait for their commit");
        break;
      case "answer":
        this.#questions.get(frame.requestId)?.({ body: frame.body });
        break;
      case "channel":
        this.channels.received(frame.channelId, frame.message);
        break;
      case "pong":
        break;
    }
  }

  #ping(): void {
    const { clock, limits, socket } = this.#parts;
    this.#cancel = clock.after(limits.pingMs, () => {
      if (this.#unanswered >= limits.pingsMissedMax) {
        socket.terminate();
        return this.end(`it did not answer ${this.#unanswered} pings`);
      }
      this.#unanswered += 1;
      this.#pings += 1;
      if (this.send({ type: "ping", id: this.#pings })) this.#ping();
    });
  }
}
