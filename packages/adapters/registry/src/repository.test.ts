import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { blobOf } from "./blob.ts";
import { openRepository } from "./repository.ts";

const servers: Server[] = [];
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
const credentials = { username: "anna", password: "secret" };
const basic = `Basic ${Buffer.from("anna:secret").toString("base64")}`;
const blob = blobOf("text/plain", Buffer.from("hello"));
const seen = ({ method, url, headers }: IncomingMessage): string => `${method} ${url} ${headers.authorization ?? "-"}`;

describe("a repository of a registry", () => {
  it("is asked with user and password where it wants them, and not before", async () => {
    const asked: string[] = [];
    const registry = await serve((request, response) => {
      asked.push(seen(request));
      if (request.headers.authorization !== basic) return void response.writeHead(401, { "www-authenticate": "Basic realm=r" }).end();
      response.writeHead(404).end();
    });
    expect(await openRepository({ registry, name: "a/b", credentials }).manifest("latest")).toBeUndefined();
    expect(asked).toEqual(["GET /v2/a/b/manifests/latest -", `GET /v2/a/b/manifests/latest ${basic}`]);
  });

  it("is asked with a token of the service that it names, which alone gets the password", async () => {
    const asked: string[] = [];
    const tokens = await serve((request, response) => {
      asked.push(seen(request));
      response.end('{"token":"t"}');
    });
    const registry = await serve((request, response) => {
      asked.push(seen(request));
      const challenge = `Bearer realm="http://${tokens}/token",service="s"`;
      if (request.headers.authorization !== "Bearer t") return void response.writeHead(401, { "www-authenticate": challenge }).end();
      response.writeHead(404).end();
    });
    await openRepository({ registry, name: "a/b", credentials }).manifest("latest");
    expect(asked).toEqual([
      "GET /v2/a/b/manifests/latest -",
      `GET /token?service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush ${basic}`,
      "GET /v2/a/b/manifests/latest Bearer t",
    ]);
  });

  it("does not get what it has already, and the upload goes where it says, without the login if that is elsewhere", async () => {
    const asked: string[] = [];
    const store = await serve((request, response) => {
      asked.push(`store: ${seen(request)}`);
      request.resume();
      response.writeHead(201).end();
    });
    const registry = await serve((request, response) => {
      asked.push(seen(request));
      if (request.headers.authorization !== basic) return void response.writeHead(401, { "www-authenticate": "Basic realm=r" }).end();
      if (request.method === "HEAD") return void response.writeHead(request.url?.includes("/a/there/") ? 200 : 404).end();
      response.writeHead(202, { location: `http://${store}/upload?state=1` }).end();
    });
    expect(await openRepository({ registry, name: "a/there", credentials }).putBlob(blob)).toBe(false);
    expect(await openRepository({ registry, name: "a/new", credentials }).putBlob(blob)).toBe(true);
    expect(asked.at(-1)).toBe(`store: PUT /upload?state=1&digest=${encodeURIComponent(blob.descriptor.digest)} -`);
  });

  it("that refuses is FL3294 and says who was refused what, never the password", async () => {
    const registry = await serve((_, response) => void response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"not yours"}]}'));
    const refusal = openRepository({ registry, name: "a/b", credentials }).manifest("latest");
    await expect(refusal).rejects.toMatchObject({ code: "FL3294", message: `${registry} refuses a/b to who asks as anna: not yours` });
  });

  it("is never told a password over a line that others can read", async () => {
    const registry = await serve(
      (_, response) => void response.writeHead(401, { "www-authenticate": 'Bearer realm="http://tokens.example/t"' }).end(),
    );
    const refusal = openRepository({ registry, name: "a/b", credentials }).manifest("latest");
    await expect(refusal).rejects.toMatchObject({ code: "FL3295", message: expect.stringContaining("not protected") });
    const far = openRepository({ registry: "registry.example", name: "a/b", fetch: async (input) => Promise.reject(new Error(String(input))) });
    await expect(far.manifest("latest")).rejects.toMatchObject({
      message: expect.stringContaining("https://registry.example/v2/a/b/manifests/latest"),
    });
  });

  it("that gives other bytes than were asked for, or too many, or none, is FL3295", async () => {
    const registry = await serve((request, response) => {
      if (request.url?.includes("sha256")) return void response.end("other bytes");
      if (request.url?.endsWith("large")) return void response.end(Buffer.alloc(5 * 1024 * 1024));
      response.writeHead(500).end();
    });
    const repository = openRepository({ registry, name: "a/b" });
    for (const reference of [blob.descriptor.digest, "large", "broken"])
      await expect(repository.manifest(reference), reference).rejects.toMatchObject({ code: "FL3295" });
    const gone = await serve(() => {});
    servers.splice(0).forEach((server) => void server.close());
    await expect(openRepository({ registry: gone, name: "a/b" }).manifest("latest")).rejects.toMatchObject({ code: "FL3295" });
  });

  it.each(["", "a b", "user@host", "host/path"])("is not looked for at what is no address: %s", (registry) => {
    expect(() => openRepository({ registry, name: "a/b" })).toThrow(expect.objectContaining({ code: "FL3295" }));
  });
});
