import { execFileSync, spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";

/** Who may read the repositories of a folder. */
export interface GitLogin {
  readonly username: string;
  readonly password: string;
}

export type AnswerGit = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Answers requests of git over HTTP for the repositories in `folder`. The program is git's own, https://git-scm.com/docs/git-http-backend. */
export const gitOverHttp = (folder: string, { username, password }: GitLogin): AnswerGit => {
  const backend = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return async (request, response) => {
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
    answerOf(Buffer.concat(chunks), response);
  };
};

/** What a program of CGI printed: headers, an empty line, the body. */
const answerOf = (output: Buffer, response: ServerResponse): void => {
  const end = output.indexOf("\r\n\r\n");
  for (const header of output.subarray(0, end).toString("latin1").split("\r\n")) {
    const [name = "", value = ""] = header.split(/: (.*)/);
    if (name.toLowerCase() === "status") response.statusCode = Number(value.slice(0, 3));
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
};
