import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** A git repository that is served over HTTP to who knows the password, and pushed to from a folder. */
export interface GitServer {
  /** Where Flux fetches from. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The bare repository. */
  readonly path: string;
  /** Requests that came so far. */
  requests(): number;
  /** Every request is answered so much later. */
  delay(ms: number): void;
  /** Whether requests are answered at all; connections are cut otherwise. */
  reachable(yes: boolean): void;
  stop(): Promise<void>;
}

const username = "flux";

/** Serves a new bare repository in `folder`. The program is git's own, https://git-scm.com/docs/git-http-backend. */
export const startGitServer = async (folder: string, password = "the-password-of-the-repository"): Promise<GitServer> => {
  const path = join(folder, "fleet.git");
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", path]);
  const backend = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  let delayMs = 0;
  let reachable = true;
  let requests = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!reachable) return void request.socket.destroy();
    if (request.headers.authorization !== expected) {
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    }
    const { pathname, search } = new URL(request.url ?? "/", "http://127.0.0.1");
    const program = spawn(backend, {
      env: {
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? "GET",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        CONTENT_LENGTH: request.headers["content-length"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        REMOTE_USER: username,
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    program.stdin.on("error", () => {});
    request.pipe(program.stdin);
    const chunks: Buffer[] = [];
    for await (const chunk of program.stdout) chunks.push(chunk as Buffer);
    const output = Buffer.concat(chunks);
    const end = output.indexOf("\r\n\r\n");
    const headers = output.subarray(0, end).toString("latin1").split("\r\n");
    for (const header of headers) {
      const [name = "", value = ""] = header.split(/: (.*)/);
      if (name.toLowerCase() === "status") response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.end(output.subarray(end + 4));
  };
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fleet.git`,
    username,
    password,
    path,
    requests: () => requests,
    delay: (ms) => {
      delayMs = ms;
    },
    reachable: (yes) => {
      reachable = yes;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
