import type { IncomingMessage } from "node:http";
import { channelWindowBytes, FromShell, type ShellRequest, type TerminalSize, type ToShell } from "@fogline/contracts";
import { type Code, codes, FoglineError } from "@fogline/findings";
import { WebSocket } from "ws";
import type { HubAddress } from "../hub-client.ts";

export interface SessionEnd {
  readonly session: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string;
}

export interface SessionEvents {
  /** The device said yes; `terminal` is whether it could give one. */
  opened(session: RemoteSession, terminal: boolean): void;
  /** Output; the next of it waits until the promise resolves, as far as the window goes. */
  bytes(stream: "out" | "error", bytes: Uint8Array): Promise<void>;
}

export interface RemoteSession {
  /** Sends input. Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(size: TerminalSize): void;
  signal(name: Extract<ToShell, { kind: "signal" }>["name"]): void;
  /** Leaves; what runs in it ends. */
  leave(): void;
}

const handshakeMs = 15_000;
const isCode = (code: string): code is Code => code in codes;
const errorOf = (code: string, message: string): FoglineError => new FoglineError(isCode(code) ? code : "FL4009", message);

/** Opens a session on a device through the hub, and resolves when it has ended. Rejects with what refused it, or FL4157 when it broke off. */
export const runSession = async (
  { url, token }: HubAddress,
  path: string,
  request: ShellRequest | Record<never, never>,
  events: SessionEvents,
): Promise<SessionEnd> => {
  const bearer = typeof token === "function" ? await token() : token;
  const socket = new WebSocket(new URL(path, `${url.replace(/^http/, "ws")}/`), {
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    ...{ perMessageDeflate: false, handshakeTimeout: handshakeMs, followRedirects: false },
  });
  const input = inputWindow((bytes) => socket.send(bytes));
  const say = (message: ToShell) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const session: RemoteSession = {
    write: input.write,
    endInput: () => say({ kind: "end" }),
    resize: (size) => say({ kind: "resize", size }),
    signal: (name) => say({ kind: "signal", name }),
    leave: () => socket.close(1000, "the person left"),
  };
  return new Promise((resolve, reject) => {
    let id = "";
    let takenBytes = 0;
    let end: SessionEnd | undefined;
    let problem: FoglineError | undefined;
    let shown: Promise<void> = Promise.resolve();
    const show = (data: Buffer) => {
      const bytes = data.subarray(1);
      shown = shown
        .then(() => events.bytes(data[0] === 2 ? "error" : "out", bytes))
        .then(() => {
          takenBytes += bytes.length;
          say({ kind: "taken", bytes: takenBytes });
        });
    };
    const hear = (message: FromShell) => {
      if (message.kind === "opened") {
        id = message.session;
        events.opened(session, message.terminal);
      } else if (message.kind === "refused") problem = errorOf(message.code, message.message);
      else if (message.kind === "taken") input.taken(message.bytes);
      else end = { session: id, exitCode: message.exitCode, signal: message.signal, reason: message.reason };
    };
    socket.once("open", () => socket.send(JSON.stringify(request)));
    socket.on("message", (data, binary) => {
      if (binary) return show(data as Buffer);
      const parsed = FromShell.safeParse(JSON.parse(data.toString()));
      if (parsed.success) hear(parsed.data);
    });
    socket.once("unexpected-response", (_request, response) => {
      void problemIn(response).then((found) => {
        problem = found;
        socket.terminate();
      });
    });
    socket.on("error", (error) => {
      problem ??= new FoglineError("FL4009", `the hub at ${url} cannot be reached: ${error.message}`);
    });
    socket.once("close", (_code, reason) => {
      input.over();
      void shown.finally(() => {
        if (end !== undefined) resolve(end);
        else reject(problem ?? new FoglineError("FL4157", `the session broke off: ${reason.toString() || "the connection to the hub was lost"}`));
      });
    });
  });
};

/** Input as far as the window goes; the rest waits for the device to take some. */
const inputWindow = (send: (bytes: Uint8Array) => void) => {
  let sentBytes = 0;
  let takenBytes = 0;
  let ended = false;
  let wake = () => {};
  return {
    write: async (bytes: Uint8Array): Promise<void> => {
      for (let from = 0; from < bytes.length && !ended; ) {
        const room = channelWindowBytes - (sentBytes - takenBytes);
        if (room <= 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const part = bytes.subarray(from, from + room);
        from += part.length;
        sentBytes += part.length;
        send(part);
      }
    },
    taken: (bytes: number): void => {
      takenBytes = Math.max(takenBytes, bytes);
      wake();
    },
    over: (): void => {
      ended = true;
      wake();
    },
  };
};

const problemIn = async (response: IncomingMessage): Promise<FoglineError> => {
  let text = "";
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return errorOf(String(code), String(detail));
  } catch {
    return new FoglineError("FL4009", `the hub answered ${response.statusCode}`);
  }
};
