import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What came back over a connection until the other side closed it. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  /** The documented code in the body, when there is one. */
  readonly code: string | undefined;
}

/** Sends bytes over a new connection and reads until it is closed. Ask for `connection: close`, or the other side keeps it open. */
export const sendRaw = (port: number, ...parts: readonly (string | Uint8Array)[]): Promise<RawAnswer> => sendOver(connect(port, "127.0.0.1"), parts);

/** The same over TLS, to the agents' port, by somebody who shows no certificate and does not look at the other one. */
export const sendRawTls = (port: number, ...parts: readonly (string | Uint8Array)[]): Promise<RawAnswer> =>
  sendOver(connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }), parts);

const sendOver = (socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString();
    });
    // A server may refuse a request before it has arrived: what it said until then is its answer.
    socket.on("error", (cause: NodeJS.ErrnoException) =>
      received === "" && cause.code !== "ECONNRESET" ? reject(cause) : resolve(answerIn(received)),
    );
    socket.on("close", () => resolve(answerIn(received)));
    for (const part of parts) socket.write(part);
  });

const answerIn = (received: string): RawAnswer => {
  const [head = "", ...rest] = received.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), body, code: /"code":"(FL\d+)"/.exec(body)?.[1] };
};

/** The bytes of a request with a JSON body (any bytes) to the hub. */
export const requestBytes = (
  token: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  line = "POST /api/tasks",
): Buffer => {
  const bytes = Buffer.from(body);
  const all = {
    host: "127.0.0.1",
    connection: "close",
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "content-length": String(bytes.length),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${head.join("")}\r\n`), bytes]);
};

const opcodes = { text: 1, binary: 2, close: 8 } as const;

/** One WebSocket frame (RFC 6455 section 5.2), right or wrong as asked for. */
export const webSocketFrame = (
  payload: string | Uint8Array,
  { opcode = opcodes.text as number, masked = true, reserved = 0, lengthStated = undefined as number | undefined } = {},
): Buffer => {
  const data = Buffer.from(payload);
  const length = lengthStated ?? data.length;
  const mask = masked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([0x80 | reserved | opcode, mask | length])
      : length < 65_536
        ? Buffer.from([0x80 | reserved | opcode, mask | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x80 | reserved | opcode, mask | 127, 0, 0, 0, 0]), uint32(length)]);
  if (!masked) return Buffer.concat([head, data]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, data.map((byte, index) => byte ^ (key[index % 4] ?? 0))]);
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** How the other side ended a WebSocket: the text frames that it sent, and the code of its close frame. */
export interface WebSocketEnd {
  readonly status: number;
  readonly texts: readonly string[];
  readonly closeCode: number | undefined;
}

/** What a device shows at the agents' port, PEM; nothing for somebody who has no certificate. */
export interface Shown {
  readonly key?: string;
  readonly cert?: string;
}

/** Opens a WebSocket to the agents' port byte by byte, sends frames as they are, and reads until the other side closes. */
export const agentSocket = (port: number, { node, shown }: { readonly node: string; readonly shown: Shown }, ...frames: readonly Buffer[]) =>
  new Promise<WebSocketEnd>((resolve, reject) => {
    const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ...shown });
    let received: Buffer = Buffer.alloc(0);
    let opened = false;
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!received.includes("\r\n\r\n")) return;
      if (!opened) for (const frame of frames) socket.write(frame);
      opened = true;
      // The handshake of closing: whoever is told to close says so too.
      if (endIn(received).closeCode !== undefined && socket.writable) socket.end(webSocketFrame("", { opcode: opcodes.close }));
    });
    socket.on("error", (cause) => (opened ? resolve(endIn(received)) : reject(cause)));
    socket.on("close", () => resolve(endIn(received)));
    socket.write(
      [
        `GET /agent?node=${node} HTTP/1.1`,
        "host: 127.0.0.1",
        "connection: Upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        `sec-websocket-key: ${randomBytes(16).toString("base64")}`,
        "\r\n",
      ].join("\r\n"),
    );
  });

const endIn = (received: Buffer): WebSocketEnd => {
  const at = received.indexOf("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received.subarray(0, Math.max(0, at)).toString())?.[1] ?? 0);
  const texts: string[] = [];
  let closeCode: number | undefined;
  for (let rest = received.subarray(at + 4); status === 101 && rest.length >= 2; ) {
    const short = (rest[1] ?? 0) & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < start) break;
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    const payload = rest.subarray(start, start + length);
    if (payload.length < length) break;
    const opcode = (rest[0] ?? 0) & 15;
    if (opcode === opcodes.text) texts.push(payload.toString());
    if (opcode === opcodes.close && payload.length >= 2) closeCode = payload.readUInt16BE(0);
    rest = rest.subarray(start + length);
  }
  return { status, texts, closeCode };
};
