import { type ClientOptions, WebSocket } from "ws";

/** A WebSocket client of the test: what came, and how it ended or why it did not open. */
export class TestWebSocket {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The status of the handshake: 101 when it opened. */
  readonly status: Promise<number>;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, headers: Record<string, string> = {}, options: ClientOptions & { protocols?: string[] } = {}) {
    const { protocols = [], ...rest } = options;
    this.socket = new WebSocket(url.replace(/^http/, "ws"), protocols, { headers, ...rest });
    this.status = new Promise((resolve) => {
      this.socket.once("open", () => resolve(101));
      this.socket.once("unexpected-response", (request, response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
        request.destroy();
      });
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      this.texts.push(data.toString());
      for (const wake of [...this.#waiting]) wake();
    });
    this.closed = new Promise((resolve) => this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })));
  }

  /** The frames, once there are as many. */
  async frames(count: number): Promise<string[]> {
    while (this.texts.length < count) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
    return this.texts;
  }
}
