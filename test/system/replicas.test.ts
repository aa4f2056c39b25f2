import { listServices, verifyAudit } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyFleet, instances } from "./testing/commits.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const fleetFile = "clusters/fleet.yaml";
const one = "  policy:\n    on: [dev, cloud]\n";
const two = `${one}    replicas: 2\n`;

let repository: Repository;
let hub: HubProcess;

beforeAll(async () => {
  repository = makeRepository();
  repository.edit(fleetFile, one, two);
  // The load comes from one principal at one address.
  repository.edit(
    fleetFile,
    "  gateway:\n    on: [dev, cloud]\n",
    "  gateway:\n    on: [dev, cloud]\n    settings: { principalRatePerSecond: 100000, addressRatePerSecond: 100000 }\n",
  );
  repository.render();
  repository.commit("two policy engines");
  hub = await startHubProcess({ repository: repository.path, args: ["--no-simulate", "--no-agent"] });
});
afterAll(async () => {
  await hub?.end();
  removeDataFolder(hub?.dataFolder);
  repository?.remove();
});

const headers = () => ({ authorization: `Bearer ${hub.token}`, "content-type": "application/json" });
const policy = JSON.stringify({
  ...{ description: "for a test", effect: "audit", expectedVersion: 0 },
  rule: { kind: "image-registry", allowed: ["registry.example"] },
});

describe("a hub with two policy engines", () => {
  it("has both in its service list, each with what it answers under its own address", async () => {
    const serving = await eventually("both are registered", async () => {
      const { services } = await hub.client.call(listServices, {});
      const found = services.filter(({ operations }) => operations.includes("policies.put")).map(({ id }) => id);
      return found.length === 2 && found;
    });
    expect(serving).toEqual(["policy-0", "policy-1"]);
  });

  it("answers every idempotent request while replicas come and go, and its audit of them is whole", async () => {
    const statuses: string[] = [];
    let over = false;
    const worker = async (name: string) => {
      for (let turn = 0; !over; turn++) {
        const change = turn % 10 === 0;
        const path = change ? `/api/policies/${name}-${turn}` : "/api/policies";
        const answer = await fetch(hub.url + path, { headers: headers(), ...(change ? { method: "PUT", body: policy } : {}) });
        await answer.arrayBuffer();
        statuses.push(`${change ? "PUT" : "GET"} ${answer.status}`);
      }
    };
    const load = Array.from({ length: 4 }, (_, index) => worker(`w${index}`));
    const enginesAre = (ids: readonly string[]) =>
      eventually(`the engines are ${ids.join(", ")}`, async () => {
        const running = (await instances(hub)).filter((instance) => instance.startsWith("policy-")).map((instance) => instance.split(" ")[0]);
        return JSON.stringify(running) === JSON.stringify(ids);
      });
    try {
      repository.edit(fleetFile, two, one);
      await applyFleet(hub, repository, "one policy engine");
      await enginesAre(["policy-0"]);
      repository.edit(fleetFile, one, two);
      await applyFleet(hub, repository, "two again");
      await enginesAre(["policy-0", "policy-1"]);
    } finally {
      over = true;
    }
    await Promise.all(load);
    expect([...new Set(statuses)].sort()).toEqual(["GET 200", "PUT 200"]);
    const { intact, entries } = await hub.client.call(verifyAudit, {});
    expect(intact).toBe(true);
    expect(entries).toBeGreaterThanOrEqual(2 * statuses.filter((status) => status.startsWith("PUT")).length);
  });
});
