import { describe, expect, it } from "vitest";
import { changedFields } from "./changed-fields.ts";

const pathsOf = (before: object, after: object) => changedFields({ ...before }, { ...after }).map(({ path }) => path);

describe("changed fields", () => {
  it("are named by path, items by their name, with both values", () => {
    const containers = (image: string) => ({
      spec: {
        containers: [
          { name: "a", image: "x" },
          { name: "b", image },
        ],
      },
    });
    expect(changedFields(containers("y:1"), containers("y:2"))).toEqual([{ path: "spec.containers[b].image", before: "y:1", after: "y:2" }]);
  });

  it("are named by position where items have no name of their own", () => {
    expect(pathsOf({ args: ["a", "b"] }, { args: ["a", "c", "d"] })).toEqual(["args[1]", "args[2]"]);
    expect(pathsOf({ ports: [{ port: 1 }] }, { ports: [{ port: 2 }] })).toEqual(["ports[0].port"]);
  });

  it("include the order of a list", () => {
    const env = (...names: string[]) => ({ env: names.map((name) => ({ name })) });
    expect(changedFields(env("a", "b"), env("b", "a"))).toEqual([{ path: "env", before: "a, b", after: "b, a" }]);
  });

  it("say what is new and what is gone, and quote keys that are no words", () => {
    expect(changedFields({ labels: { "app.kubernetes.io/name": "x" } }, { other: 1 })).toEqual([
      { path: "labels", before: '{"app.kubernetes.io/name":"x"}' },
      { path: "other", after: "1" },
    ]);
    expect(pathsOf({ labels: { "a/b": 1 } }, { labels: { "a/b": 2 } })).toEqual(['labels["a/b"]']);
  });

  it.each([
    ["the data of a Secret", { kind: "Secret", data: { a: "c2FuYXJ5" } }, { kind: "Secret", data: { a: "canary" } }],
    ["a variable called like a secret", { env: [{ name: "API_TOKEN", value: "old" }] }, { env: [{ name: "API_TOKEN", value: "canary" }] }],
    ["a new variable called like a secret", { env: [] }, { env: [{ name: "DB_PASSWORD", value: "canary" }] }],
    ["a field called like a secret", { spec: { adminPassword: "old" } }, { spec: { adminPassword: "canary" } }],
    ["a password in an address", { spec: { url: "https://a@x" } }, { spec: { url: "https://me:canary@git.example/x" } }],
    ["a whole new block", {}, { spec: { clientSecret: "canary" } }],
  ])("never show %s", (_what, before, after) => {
    const changes = changedFields(before, after);
    expect(changes.length).toBeGreaterThan(0);
    expect(JSON.stringify(changes)).not.toContain("canary");
  });

  it("cut long values", () => {
    const [change] = changedFields({ a: "" }, { a: "x".repeat(500) });
    expect(change?.after).toHaveLength(83);
  });
});
