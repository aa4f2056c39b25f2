import { Agent, type IncomingMessage, request } from "node:http";

/** How a bench speaks with a hub: as any HTTP client in another process does, with its token and connections that stay open. */
export interface HubHttp {
  readonly url: string;
  readonly token: string;
}

const connections = new Agent({ keepAlive: true });

const send = ({ url, token }: HubHttp, method: string, path: string, body?: unknown): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const sent = request(`${url}${path}`, { method, headers, agent: connections }, resolve);
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** One request. Rejects for any answer that is no success. */
export const ask = async <Answer>(hub: HubHttp, method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> =>
  JSON.parse(await textOf(await send(hub, method, path, body), `${method} ${path}`)) as Answer;

/** One read, as the text that was answered. Rejects for any answer that is no success. */
export const askText = async (hub: HubHttp, path: string): Promise<string> => textOf(await send(hub, "GET", path), `GET ${path}`);

const textOf = async (answer: IncomingMessage, what: string): Promise<string> => {
  answer.setEncoding("utf8");
  let text = "";
  for await (const chunk of answer) text += chunk as string;
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${what} was answered with ${answer.statusCode}: ${text}`);
  return text;
};

/** Follows server-sent events. Resolves when the connection is open; `received` gets the data of each with the time at which it arrived. */
export const follow = async (hub: HubHttp, path: string, received: (data: string, atMs: number) => void): Promise<{ close(): void }> => {
  const answer = await send(hub, "GET", path);
  if (answer.statusCode !== 200) throw new Error(`GET ${path} was answered with ${answer.statusCode}`);
  answer.setEncoding("utf8");
  let rest = "";
  let opened = (): void => undefined;
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  answer.on("data", (chunk: string) => {
    const atMs = performance.now();
    opened();
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.split("\n").find((text) => text.startsWith("data: "));
      if (line !== undefined) received(line.slice("data: ".length), atMs);
    }
  });
  answer.on("error", () => undefined);
  await open;
  return { close: () => answer.destroy() };
};
