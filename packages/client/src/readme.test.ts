import { readFileSync } from "node:fs";
import * as published from "@fogline/client";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { json, problem, wire } from "./testing/wire.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
const AsyncFunction = (async () => undefined).constructor as new (...names: string[]) => (...values: unknown[]) => Promise<void>;

/** Runs a block of the README with these names known to it; answers what it printed. */
const run = async (block: string, known: Readonly<Record<string, unknown>>): Promise<unknown[][]> => {
  const printed: unknown[][] = [];
  const body = block.replaceAll(/^import .*$/gm, "");
  const names = { ...published, ...known, console: { log: (...values: unknown[]) => printed.push(values) } };
  const code = ts.transpileModule(`async function run() {${body}}`, { compilerOptions: { target: ts.ScriptTarget.ESNext } }).outputText;
  await new AsyncFunction(...Object.keys(names), `${code}; return run();`)(...Object.values(names));
  return printed;
};

const node = { id: "pi-1", state: { temperatureCelsius: 51 } };
const blockWith = (text: string): string => {
  const block = blocks.find((candidate) => candidate.includes(text));
  if (block === undefined) throw new Error(`no example has ${text}`);
  return block;
};

describe("the examples of the README", () => {
  it("list devices", async () => {
    const client = { nodes: { list: async () => ({ nodes: [node] }) } };
    expect(await run(blockWith("for (const node of nodes)"), { token: "t", createHubClient: () => client })).toEqual([["pi-1", 51]]);
  });

  it("sign in, and keep the tokens", async () => {
    const session = { name: "ann", role: "admin", session: "s", accessToken: "a", accessExpiresAtMs: 9e9, refreshToken: "r", expiresAtMs: 9e9 };
    const { client } = wire([json(session)], { token: null });
    const asked: object[] = [];
    const createHubClient = (options: object) => {
      asked.push(options);
      return client;
    };
    const known = {
      url: "http://hub.test",
      token: "t",
      password: "p",
      location: { origin: "http://hub.test" },
      tokenOfMyVault: () => "v",
      keep: () => 1,
    };
    await run(blockWith("tokenOfMyVault"), { ...known, createHubClient });
    expect(asked.map((options) => Object.keys(options).join())).toEqual(["url,token", "url,token", "url,token", "url,tokens", "url"]);
  });

  it("tell what was wrong", async () => {
    const errors = [{ path: "memoryBytes", message: "too much" }];
    const { client } = wire([problem(400, "FL4001", { errors })]);
    expect(await run(blockWith("error.findings"), { client })).toEqual([
      ["FL4001", "it is FL4001", expect.stringContaining("Correct"), "r-1"],
      ["memoryBytes", "too much"],
    ]);
  });

  it("read every page, and follow", async () => {
    const line = { atMs: 1, name: "n", subject: "s", message: "pi-3 is online", severity: "info" };
    const stop = new AbortController();
    const events = new Response(`id: 8\ndata: ${JSON.stringify(line)}\n\n`);
    const { client, seen } = wire([json({ tasks: [], next: "t9" }), json({ tasks: [], next: null }), events], {
      wait: async () => stop.abort(),
    });
    expect(await run(blockWith("everyPage(async"), { client, lastCursor: "7", signal: stop.signal })).toEqual([["pi-3 is online"]]);
    expect(seen.map(({ path, headers }) => [path, headers["last-event-id"]])).toEqual([
      ["/api/tasks?status=running", undefined],
      ["/api/tasks?status=running&after=t9", undefined],
      ["/api/activity", "7"],
    ]);
  });
});
