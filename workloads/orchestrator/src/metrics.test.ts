import { connectNode, registerNode } from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { declaration, type Hub, hello, openHub, state, unwrap } from "./testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const open = async () => {
  const hub = await openHub({ opsPort: 0 });
  closing.push(() => hub.close());
  /** The figures with this name; those with labels by status, without the zeros. */
  const figures = async (name: string) => {
    const text = await (await fetch(`http://127.0.0.1:${hub.running.opsPort}/metrics`)).text();
    const found = [...text.matchAll(new RegExp(`^fogline_orchestrator_${name}\\{(.*)\\} (\\S+)$`, "gm"))];
    const named = found.map(([, labels = "", value]) => [/status="([\w-]+)"/.exec(labels)?.[1] ?? "all", Number(value)] as const);
    return Object.fromEntries(named.filter(([name, value]) => name === "all" || value !== 0));
  };
  return { hub, figures };
};

const join = async ({ client }: Hub, id: string, changes: Partial<typeof state>) => {
  unwrap(await client.call(registerNode, declaration(id)));
  unwrap(await client.call(connectNode, { ...hello(id), state: { ...state, ...changes } }));
};

describe("the metrics of the orchestrator", () => {
  it("tell nodes by status, and the mean use of CPU and memory of those that are online", async () => {
    const { hub, figures } = await open();
    expect(await figures("nodes")).toEqual({});
    expect(await figures("nodes_cpu_utilisation_ratio")).toEqual({ all: 0 });
    await join(hub, "pi-1", { cpuPercent: 20, memoryAvailableBytes: 1_073_741_824 });
    await join(hub, "pi-2", { cpuPercent: 60, memoryAvailableBytes: 3_221_225_472 });
    unwrap(await hub.client.call(registerNode, declaration("pi-3")));
    expect(await figures("nodes")).toEqual({ online: 2, "never-seen": 1 });
    expect((await figures("nodes_cpu_utilisation_ratio")).all).toBeCloseTo(0.4);
    expect((await figures("nodes_memory_utilisation_ratio")).all).toBeCloseTo(0.5);
  });

  it("leave out the last figures of a node that is gone", async () => {
    const { hub, figures } = await open();
    await join(hub, "pi-1", { cpuPercent: 100 });
    await hub.pass(10 * 60_000, 30_000);
    expect(await figures("nodes")).toEqual({ offline: 1 });
    expect(await figures("nodes_cpu_utilisation_ratio")).toEqual({ all: 0 });
  });

  it("tell deployments by status, and the replicas of those that are not stopped by the status of their task", async () => {
    const { hub, figures } = await open();
    const insert = async (id: string, status: string, replicas: readonly (string | null)[]) => {
      const spec = JSON.stringify({ name: id, replicas: replicas.length, task: { command: ["serve"] } });
      const { kysely } = hub.database;
      await kysely.insertInto("deployments").values({ id, name: id, spec, status, reason: "", created_at_ms: 1, version: 1 }).execute();
      const columns = {
        deployment_id: id,
        generation: 0,
        requested: 1,
        task_node: null,
        task_version: 1,
        failures: 0,
        retry_at_ms: 0,
        problem: null,
      };
      for (const [position, task_status] of replicas.entries())
        await kysely
          .insertInto("replicas")
          .values({ ...columns, position, task_status, task_id: `${id}.${position}` })
          .execute();
    };
    expect(await figures("deployments")).toEqual({});
    await insert("web", "progressing", ["running", "running", "queued", null]);
    await insert("api", "running", ["running"]);
    await insert("old", "stopped", ["cancelled"]);
    expect(await figures("deployments")).toEqual({ progressing: 1, running: 1, stopped: 1 });
    expect(await figures("replicas")).toEqual({ running: 3, queued: 1, none: 1 });
  });
});
