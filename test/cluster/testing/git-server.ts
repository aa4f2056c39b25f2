import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gitOverHttp } from "@fogline/dev-cluster";

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

/** Serves a new bare repository in `folder`. */
export const startGitServer = async (folder: string, password = "the-password-of-the-repository"): Promise<GitServer> => {
  const path = join(folder, "fleet.git");
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", path]);
  const overHttp = gitOverHttp(folder, { username, password });
  let delayMs = 0;
  let reachable = true;
  let requests = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!reachable) return void request.socket.destroy();
    await overHttp(request, response);
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
