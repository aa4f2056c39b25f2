import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type GitLogin, gitOverHttp } from "./git-http.ts";

/** A folder of repositories that is served over HTTP. */
export interface GitService {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves the repositories in `folder` at an address of this machine, on any free port, to who has the login. */
export const startGitService = async (folder: string, login: GitLogin, address = "127.0.0.1"): Promise<GitService> => {
  const answer = gitOverHttp(folder, login);
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
