import { routed as contracts } from "@fogline/contracts/routed";
import { describe, expect, expectTypeOf, it } from "vitest";
import { createHubClient, type HubClient, type NodeRecord } from "./index.ts";

const routed = Object.values((await import("@fogline/contracts")) as Record<string, unknown>).filter(
  (value): value is { name: string } => typeof value === "object" && value !== null && "summary" in value && "http" in value,
);

describe("the methods of a client", () => {
  it("are one for every contract that has a route, by its name", () => {
    expect(contracts.map(({ name }) => name).toSorted()).toEqual(routed.map(({ name }) => name).toSorted());
    const client = createHubClient({ url: "http://hub.test", token: "t" }) as unknown as Record<string, Record<string, unknown>>;
    for (const { name } of routed) {
      const [area = "", verb = ""] = name.split(".");
      expect(client[area]?.[verb], name).toBeTypeOf("function");
    }
  });

  it("have the types of their contracts", () => {
    type List = HubClient["nodes"]["list"];
    expectTypeOf<Awaited<ReturnType<List>>>().toEqualTypeOf<{ nodes: NodeRecord[]; next: string | null }>();
    expectTypeOf<Parameters<List>[0]>().toExtend<{ limit?: unknown; after?: string | undefined } | undefined>();
    expectTypeOf<Parameters<HubClient["nodes"]["get"]>[0]>().toEqualTypeOf<{ id: string }>();
    // @ts-expect-error: a task needs its command.
    expectTypeOf<HubClient["tasks"]["create"]>().toBeCallableWith({});
  });
});
