import { type ChannelPurpose, type FromShell, openChannel, ShellRequest } from "@fogline/contracts";
import { type Code, FoglineError, textOf } from "@fogline/findings";
import type { Clock, Random } from "@fogline/ports";
import { type Audit, allows, type Change, type Client, changeOf, type Outcome, type Principal } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RawData, WebSocket } from "ws";
import type { GatewayConfig } from "../config.ts";
import { deviceEnd } from "../remote/device-end.ts";
import { openRelay, type RelayEnd } from "../remote/relay.ts";
import type { Recorded, Transcript, Transcripts } from "../remote/transcripts.ts";
import { sendProblem } from "./problems.ts";
import type { WebSockets } from "./web-sockets.ts";

export interface RemoteParts {
  readonly config: Pick<GatewayConfig, "shellIdleMs" | "supportBundleBytesMax">;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly audit: Audit;
  readonly transcripts: Transcripts | undefined;
  readonly webSockets: WebSockets;
  readonly identify: (request: FastifyRequest) => Promise<Principal | undefined>;
}

/** What may be done in a session, and what the audit calls it. */
const kinds = { shell: "shell", "support-bundle": "bundle" } as const;
type Kind = keyof typeof kinds;

/** How long a caller has for its first message, which says what it wants. */
const requestMs = 10_000;
const closeCode = { normal: 1000, refused: 1008, failed: 1011 } as const;

/** Where sessions on devices are met. */
export const isRemotePath = (path: string): boolean => /^\/api\/nodes\/[^/]+\/(shell|support-bundle)$/.test(path);

/** `GET /api/nodes/:id/shell` and `/support-bundle`, as WebSockets. Every session is in the audit with its beginning and its end. */
export const mountRemote = (server: FastifyInstance, parts: RemoteParts): void => {
  for (const kind of Object.keys(kinds) as Kind[]) {
    server.get<{ Params: { id: string } }>(`/api/nodes/:id/${kind}`, { exposeHeadRoute: false }, async (request, reply) => {
      const { webSockets, identify, log } = parts;
      const refuse = (code: Code, status: number, why: string) => sendProblem(reply, request, code, status, why);
      if (!webSockets.isUpgrade(request)) return refuse("FL4018", 426, "this address is for WebSockets");
      const principal = await identify(request);
      if (principal === undefined) return refuse("FL4002", 401, 'this needs a bearer token with the role "admin"');
      if (!allows("admin", principal.role)) return refuse("FL4003", 403, `this needs the role "admin", the caller has "${principal.role}"`);
      const refusal = webSockets.refusalOf(request);
      if (refusal !== undefined) return refuse(refusal.code, refusal.code === "FL4003" ? 403 : 400, refusal.message);
      try {
        const webSocket = await webSockets.accept(request, reply, principal);
        const session = new Session(parts, { kind, node: request.params.id, principal, request, webSocket });
        await session.run();
      } catch (thrown) {
        log.warn({ cause: textOf(thrown), requestId: request.id }, "a session on a device failed");
      }
      return reply;
    });
  }
};

interface Asked {
  readonly kind: Kind;
  readonly node: string;
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly webSocket: WebSocket;
}

/** One session from its request to its end. */
class Session {
  readonly #parts: RemoteParts;
  readonly #asked: Asked;
  readonly #id: string;

  constructor(parts: RemoteParts, asked: Asked) {
    this.#parts = parts;
    this.#asked = asked;
    this.#id = parts.random.id();
  }

  async run(): Promise<void> {
    const { webSocket } = this.#asked;
    // A broken frame: ws closes with the code that says what was wrong.
    webSocket.on("error", () => {});
    const wanted = await this.#wanted();
    if (wanted === undefined) return webSocket.close(closeCode.refused, "the first message says what is wanted");
    const detail = { session: this.#id, ...(wanted.kind === "shell" ? { command: wanted.command ?? "a login shell" } : {}) };
    try {
      await this.#record("open", "attempted", detail);
    } catch {
      return this.#refuse("FL4009", "sessions are refused while the audit cannot be written");
    }
    const begun = await this.#begin(wanted);
    if ("code" in begun) {
      await this.#record("open", "refused", detail, begun.code).catch(() => {});
      return this.#refuse(begun.code, begun.message);
    }
    await this.#relay(begun, detail);
  }

  /** Opens the channel and what records it. */
  async #begin(purpose: ChannelPurpose): Promise<{ terminal: boolean; transcript: Transcript | undefined } | { code: Code; message: string }> {
    const { client, transcripts } = this.#parts;
    const { node, principal } = this.#asked;
    let transcript: Transcript | undefined;
    try {
      if (purpose.kind === "shell") {
        if (transcripts === undefined) return { code: "FL4153", message: "this hub has no folder for the transcripts of shells" };
        const { command, terminal } = purpose;
        transcript = await transcripts.begin({ session: this.#id, node, by: principal.name, command, terminal });
      }
    } catch (thrown) {
      return { code: thrown instanceof FoglineError ? thrown.code : "FL4153", message: textOf(thrown) };
    }
    const opened = await client.call(openChannel, { node, channelId: this.#id, purpose }, { address: node, attemptsMax: 1 });
    if (opened.ok) return { terminal: opened.value.terminal, transcript };
    await transcript?.close();
    const { failure } = opened;
    // Nobody serves the address of a node that is not connected.
    if (failure.error === "unreachable") return { code: "FL4009", message: `${node} is not connected` };
    return { code: failure.code, message: failure.message };
  }

  async #relay({ terminal, transcript }: { terminal: boolean; transcript: Transcript | undefined }, detail: object): Promise<void> {
    const { clock, config, client, log } = this.#parts;
    const { webSocket, node } = this.#asked;
    const relay = openRelay({
      device: deviceEnd(client, node, this.#id),
      person: { text: (message) => this.#say(message), bytes: (stream, bytes) => webSocket.send(Buffer.concat([streamByte[stream], bytes])) },
      record: async (stream, bytes) => transcript?.output(stream, bytes),
      resized: async (size) => transcript?.resize(size),
      clock,
      idleMs: config.shellIdleMs,
    });
    webSocket.on("message", (data: RawData, binary: boolean) => (binary ? relay.bytes(data as Buffer) : relay.text(data.toString())));
    webSocket.once("close", (_code, reason) => relay.close(reason.toString() || "the person left"));
    if (webSocket.readyState !== webSocket.OPEN) relay.close("the person left");
    this.#say({ kind: "opened", session: this.#id, terminal });
    await this.#record("open", "done", detail).catch(() => relay.close("the audit cannot be written"));
    const end = await relay.ended;
    const recorded = await transcript?.close().catch(() => undefined);
    await this.#record("end", "done", endDetail(this.#id, end, recorded)).catch((thrown: unknown) =>
      log.error({ err: thrown, session: this.#id }, "the end of a session could not be written to the audit"),
    );
    this.#say({ kind: "ended", exitCode: end.exitCode, signal: end.signal, reason: end.reason });
    webSocket.close(closeCode.normal, "");
  }

  /** What the first message asks for. */
  #wanted(): Promise<ChannelPurpose | undefined> {
    const { webSocket, kind, principal } = this.#asked;
    return new Promise((resolve) => {
      const settle = (purpose: ChannelPurpose | undefined) => {
        cancel();
        webSocket.off("message", read);
        webSocket.off("close", left);
        resolve(purpose);
      };
      const left = () => settle(undefined);
      const cancel = this.#parts.clock.after(requestMs, left);
      const read = (data: RawData, binary: boolean) => {
        if (kind === "support-bundle") return settle({ kind, bytesMax: this.#parts.config.supportBundleBytesMax });
        const request = binary ? undefined : parsed(data.toString());
        settle(request && { kind, ...request, by: principal.name.slice(0, byLengthMax) });
      };
      webSocket.on("message", read);
      webSocket.once("close", left);
    });
  }

  #record(step: "open" | "end", outcome: Outcome, detail: object, code?: Code): Promise<void> {
    const { kind, node, principal, request } = this.#asked;
    const change: Change = { ...changeOf(request, principal, `${kinds[kind]}.${step}`, node), detail: JSON.stringify(detail) };
    if (outcome === "attempted") return this.#parts.audit.record(change, outcome);
    return this.#parts.audit.record(change, outcome, { status: code === undefined ? 200 : 409, code: code ?? null });
  }

  #refuse(code: Code, message: string): void {
    this.#say({ kind: "refused", code, message });
    this.#asked.webSocket.close(closeCode.refused, "refused");
  }

  #say(message: FromShell): void {
    const { webSocket } = this.#asked;
    if (webSocket.readyState === webSocket.OPEN) webSocket.send(JSON.stringify(message));
  }
}

const byLengthMax = 200;
/** The first byte of a binary message says which stream the rest is of. */
const streamByte = { out: Buffer.from([1]), error: Buffer.from([2]) } as const;

const parsed = (text: string): ShellRequest | undefined => {
  try {
    const request = ShellRequest.safeParse(JSON.parse(text));
    return request.success ? request.data : undefined;
  } catch {
    return undefined;
  }
};

const endDetail = (session: string, end: RelayEnd, recorded: Recorded | undefined): object => ({
  session,
  ...end,
  ...(recorded === undefined ? {} : { transcript: recorded.file, transcriptSha256: recorded.sha256 }),
});
