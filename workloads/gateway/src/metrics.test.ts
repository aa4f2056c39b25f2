import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { hello } from "./testing/agent.ts";
import { openHub } from "./testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const open = async () => {
  const hub = await openHub({ opsPort: 0 });
  closing.push(() => hub.close());
  const read = async (): Promise<string> => (await fetch(`http://127.0.0.1:${hub.gateway.opsPort}/metrics`)).text();
  /** The values of the lines with this name, by their own labels. */
  const lines = async (name: string) =>
    Object.fromEntries(
      [...(await read()).matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"))].map(([, labels = "", value]) => [
        labels
          .split(",")
          .filter((label) => !/^(service|instance)=/.test(label))
          .sort()
          .join(),
        Number(value),
      ]),
    );
  return { hub, read, lines };
};

describe("the metrics of the gateway", () => {
  it("count requests by the template of their route, method and status, and never by what was asked for", async () => {
    const { hub, read, lines } = await open();
    for (const path of ["/api/nodes", "/api/nodes", "/api/nodes/secret-name", "/no/such/place", "/api/nodes?token=secret-token"]) await hub.api(path);
    await fetch(`${hub.url}/api/nodes`);
    await hub.api("/api/nodes", { method: "POST", body: "{", headers: { "content-type": "application/json" } });
    let requests: Record<string, number> = {};
    const count = () => Object.values(requests).reduce((sum, value) => sum + value, 0);
    while (count() < 7) requests = await lines("fogline_gateway_http_requests_total");
    expect(requests).toMatchObject({
      'method="GET",route="/api/nodes",status="200"': 2,
      'method="GET",route="/api/nodes",status="400"': 1,
      'method="GET",route="/api/nodes",status="401"': 1,
      'method="POST",route="/api/nodes",status="400"': 1,
      'method="GET",route="none",status="404"': 1,
    });
    expect(Object.keys(requests).filter((labels) => labels.includes('route="/api/nodes/:id"'))).toHaveLength(1);
    expect(await read()).not.toContain("secret");
  });

  it("tell how long answers took, for each route", async () => {
    const { hub, lines } = await open();
    await hub.api("/api/nodes");
    await hub.api("/api/nodes");
    const labels = 'method="GET",route="/api/nodes"';
    while ((await lines("fogline_gateway_http_request_duration_seconds_count"))[labels] !== 2) await hub.clock.sleep(5);
    const buckets = await lines("fogline_gateway_http_request_duration_seconds_bucket");
    expect(buckets['le="+Inf",method="GET",route="/api/nodes"']).toBe(2);
  });

  it("count a feed when its reader leaves", async () => {
    const { hub, lines } = await open();
    const count = async () => (await lines("fogline_gateway_http_requests_total"))['method="GET",route="/api/changes",status="200"'] ?? 0;
    const socket = connect(hub.gateway.httpPort, "127.0.0.1");
    await new Promise<void>((resolve) => {
      socket.once("data", () => resolve());
      socket.write("GET /api/changes HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer admin-token\r\n\r\n");
    });
    expect(await count()).toBe(0);
    socket.destroy();
    while ((await count()) === 0) await hub.clock.sleep(5);
    expect(await count()).toBe(1);
  });

  it("tell how many agents are connected", async () => {
    const { hub, lines } = await open();
    expect(await lines("fogline_gateway_agents_connected")).toEqual({ "": 0 });
    const agent = await hub.agent("pi-1");
    await agent.opened();
    agent.send(hello("pi-1"));
    while ((await lines("fogline_gateway_agents_connected"))[""] !== 1) await hub.clock.sleep(5);
    agent.socket.close();
    while ((await lines("fogline_gateway_agents_connected"))[""] !== 0) await hub.clock.sleep(5);
  });
});
