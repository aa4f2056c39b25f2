import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterReader } from "./cluster-reader.ts";

const kustomizations = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", plural: "kustomizations", namespace: "flux-system" };

describe("a cluster that is read", () => {
  let server: Server;
  let folder: string;
  let port: number;
  const asked: string[] = [];
  let notYet = 0;

  /** A kubeconfig with one context to the server, `right`, and one with a token that it refuses, `wrong`. */
  const kubeconfig = (name: string, url = `http://127.0.0.1:${port}`): string => {
    const path = join(folder, name);
    const context = (user: string) => ({ name: user, context: { cluster: "test", user } });
    const user = (of: string) => ({ name: of, user: { token: `token-${of}` } });
    const config = {
      ...{
        apiVersion: "v1",
        kind: "Config",
        "current-context": "right",
        clusters: [{ name: "test", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      },
      ...{ contexts: ["right", "wrong"].map(context), users: ["right", "wrong"].map(user) },
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fogline-kubeconfig-"));
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const answer = (status: number, body: unknown) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (request.headers.authorization !== "Bearer token-right") return answer(403, { kind: "Status", message: "who are you" });
      if (request.url?.endsWith("/fresh") && notYet-- > 0) {
        response.setHeader("retry-after", "0");
        return answer(429, { kind: "Status", message: "storage is (re)initializing" });
      }
      if (request.url?.endsWith("/fresh")) return answer(200, { items: [] });
      return request.url?.endsWith("/kustomizations") ? answer(200, { items: [{ metadata: { name: "apps" } }] }) : answer(404, {});
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers the objects of a kind in a namespace, asked with the login of the current context", async () => {
    const reader = clusterReader({ kubeconfig: kubeconfig("good") });
    expect(await reader.list(kustomizations)).toEqual([{ metadata: { name: "apps" } }]);
    expect(asked).toContain("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations");
    expect(reader.server).toBe(`http://127.0.0.1:${port}`);
  });

  it("has no objects of a kind that it does not know", async () => {
    expect(await clusterReader({ kubeconfig: kubeconfig("good") }).list({ ...kustomizations, plural: "unheard" })).toEqual([]);
  });

  it("is asked again when it says that it has only just been told of a kind", async () => {
    notYet = 2;
    expect(await clusterReader({ kubeconfig: kubeconfig("good") }).list({ ...kustomizations, plural: "fresh" })).toEqual([]);
    expect(asked.filter((path) => path.endsWith("/fresh"))).toHaveLength(3);
  });

  it("is refused in the server's own words to who may not read it", async () => {
    const reader = clusterReader({ kubeconfig: kubeconfig("good"), context: "wrong" });
    await expect(reader.list(kustomizations)).rejects.toMatchObject({ code: "FL4065", message: expect.stringContaining("who are you") });
  });

  it("is refused when nobody answers, when the file is missing and when the context is not in it", async () => {
    const nobody = clusterReader({ kubeconfig: kubeconfig("nobody", "http://127.0.0.1:1") });
    await expect(nobody.list(kustomizations)).rejects.toMatchObject({ code: "FL4065", message: expect.stringContaining("does not answer") });
    expect(() => clusterReader({ kubeconfig: join(folder, "missing") })).toThrow(/missing cannot be read/);
    expect(() => clusterReader({ kubeconfig: kubeconfig("good"), context: "other" })).toThrow(/no context other/);
  });
});
