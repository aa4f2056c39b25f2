import { connect, createServer } from "node:net";
import { migrate } from "@fogline/ports";
import { openSqlite } from "@fogline/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { orchestratorConfig, start } from "./index.ts";
import { declaration, openHub, state } from "./testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
const open = async () => {
  const hub = await openHub();
  closing.push(() => hub.close());
  const url = `http://127.0.0.1:${hub.running.httpPort}`;
  const send = async (method: string, path: string, body?: unknown, token = "admin-token") => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { hub, send };
};
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe("the HTTP API of the orchestrator", () => {
  it("lets a node send heartbeats for itself with its token, and nothing else", async () => {
    const { send } = await open();
    for (const id of ["pi-1", "pi-2"]) await send("POST", "/api/nodes", declaration(id));
    const own = "token-of-pi-1";
    const beat = { state, executions: [] };
    expect(await send("POST", "/api/nodes/pi-1/heartbeat", beat, own)).toEqual({ status: 200, body: { status: "never-seen" } });
    expect(await send("POST", "/api/nodes/pi-2/heartbeat", beat, own)).toMatchObject({ status: 404, body: { code: "FL4004" } });
    expect(await send("GET", "/api/nodes", undefined, own)).toMatchObject({ status: 403, body: { code: "FL4003" } });
    expect(await send("POST", "/api/nodes/pi-1/heartbeat", beat, "guess")).toMatchObject({ status: 401, body: { code: "FL4002" } });
  });

  it("lets nobody in while the gateway cannot say whose token it is, and tells why", async () => {
    const { hub, send } = await open();
    await hub.identities.stop(0);
    const answered = send("GET", "/api/nodes");
    await hub.pass(5_000);
    expect(await answered).toMatchObject({ status: 503, body: { code: "FL4009", detail: expect.stringContaining("auth.verify") } });
  });

  it("takes a node from its declaration to its removal", async () => {
    const { send } = await open();
    expect(await send("POST", "/api/nodes", declaration("pi-1"))).toMatchObject({
      status: 200,
      body: { node: { id: "pi-1", status: "never-seen" } },
    });
    expect(await send("GET", "/api/nodes/pi-1")).toMatchObject({ status: 200, body: { tier: "access-edge", draining: false } });
    expect(await send("POST", "/api/nodes/pi-1/drain", {})).toMatchObject({ status: 200, body: { draining: true } });
    expect(await send("GET", "/api/nodes")).toMatchObject({ status: 200, body: { nodes: [{ id: "pi-1", draining: true }] } });
    expect(await send("DELETE", "/api/nodes/pi-1")).toEqual({ status: 200, body: { removed: true } });
    expect(await send("GET", "/api/nodes/pi-1")).toMatchObject({ status: 404, body: { code: "FL4004" } });
  });

  it("deploys a container, shows it, and stops it", async () => {
    const { send } = await open();
    const spec = { name: "web", replicas: 0, task: { command: ["serve"], image: "nginx:1.29" } };
    const { status, body } = await send("POST", "/api/deployments", spec);
    expect([status, body.spec]).toMatchObject([200, { name: "web", task: { image: "nginx:1.29" } }]);
    expect(await send("GET", "/api/deployments")).toMatchObject({ status: 200, body: { deployments: [{ id: body.id }] } });
    expect(await send("GET", `/api/deployments/${body.id}`)).toMatchObject({ status: 200, body: { status: "running", replicas: [] } });
    expect(await send("GET", `/api/deployments/${body.id}/logs`)).toEqual({ status: 200, body: { replicas: [] } });
    expect(await send("POST", `/api/deployments/${body.id}/stop`, {})).toMatchObject({ status: 200, body: { status: "stopped" } });
    expect(await send("GET", "/api/deployments/nobody")).toMatchObject({ status: 404, body: { code: "FL4004" } });
  });

  it("answers bad input with its code, and goes on", async () => {
    const { hub, send } = await open();
    expect(await send("POST", "/api/nodes", { ...declaration("pi-1"), color: "red" })).toMatchObject({ status: 400, body: { code: "FL4001" } });
    expect(await send("POST", "/api/nodes", { ...declaration("pi-1"), availability: -1 })).toMatchObject({ status: 400, body: { code: "FL4001" } });
    const large = { ...declaration("pi-1"), site: "x".repeat(300_000) };
    expect(await send("POST", "/api/nodes", large)).toMatchObject({ status: 413, body: { code: "FL4006" } });
    expect(await send("GET", "/nowhere")).toMatchObject({ status: 404, body: { code: "FL4004" } });
    const raw = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(hub.running.httpPort, "127.0.0.1", () => socket.write("no http\r\n\r\n"));
      socket.on("data", (data) => {
        text += data.toString();
      });
      socket.on("close", () => resolve(text));
    });
    expect(raw).toContain('"code":"FL4018"');
    expect((await send("GET", "/api/nodes")).status).toBe(200);
  });
});

describe("a start that cannot be", () => {
  it("says which port is in use", async () => {
    const { hub } = await open();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    closing.push(async () => void taken.close());
    const address = taken.address();
    const httpPort = typeof address === "object" && address !== null ? address.port : 0;
    const config = orchestratorConfig.parse({ httpPort, logLevel: "silent" });
    const starting = start(config, { ...hub, database: openSqlite(":memory:") });
    await expect(starting).rejects.toMatchObject({ code: "FL4016", message: expect.stringContaining(String(httpPort)) });
  });

  it("refuses data of a newer version", async () => {
    const { hub } = await open();
    const database = openSqlite<never>(":memory:");
    await migrate(database, [{ name: "orchestrator-999-future", up: async () => {} }]);
    const config = orchestratorConfig.parse({ httpPort: 0, logLevel: "silent" });
    await expect(start(config, { ...hub, database: database as never })).rejects.toMatchObject({ code: "FL4020" });
  });
});
