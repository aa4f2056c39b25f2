import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "@fogline/contracts";
import { type OperationObject, openApiOf, type Parameter } from "@fogline/contracts/openapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "../system/testing/hub.ts";
import { makeRepository, type Repository } from "../system/testing/repository.ts";
import { ask, python, type Verdicts } from "./schemathesis.ts";

interface Route {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly told: OperationObject;
}

const isRouted = (value: unknown): value is Operation => typeof value === "object" && value !== null && "summary" in value && "http" in value;
const contracts = Object.values((await import("@fogline/contracts")) as Record<string, unknown>).filter(isRouted);
const document = openApiOf(contracts, { title: "Fogline", version: "0.1.0" });
const routes: readonly Route[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, told]) => ({ id: told.operationId, method: method.toUpperCase(), path, told })),
);

/** What is not asked, and why. */
const leftOut: Readonly<Record<string, string>> = {
  "fog.shutdown": "ends the services that the others ask",
  "fog.initialize": "waits 25 s for every service that nobody ever heard of; it is asked once, with its example",
  "nodes.reboot": "restarts machines, this one too, and answers 503 for one that is away; test/system/remote-hands.test.ts asks it",
  "activity.watch": "a stream does not end; packages/client and workloads/gateway follow it in their tests",
  "changes.watch": "a stream does not end; packages/client and workloads/gateway follow it in their tests",
};
/** Wrong tokens cost their address a budget, with which it would not be heard at all: these come last. */
const signIn = new Set(["auth.signin", "auth.refresh"]);
const examplesMax = 25;

const folder = join(root, ".cache/reports/api");

/** Asks once with the example, to see whether anything serves the operation here. */
const isServed = async ({ url, token }: HubProcess, { method, path, told }: Route): Promise<boolean> => {
  const parameters = told.parameters.filter((parameter): parameter is Parameter => "in" in parameter);
  const at = parameters.reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), path);
  const body = told.requestBody?.content["application/json"].example;
  const answer = await fetch(`${url}${at}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { detail = "" } = (await answer.json().catch(() => ({}))) as { detail?: string };
  return !(answer.status === 503 && detail.includes("nobody answers")) && !(answer.status === 404 && detail.startsWith("there is no "));
};

describe("the API of a running hub", () => {
  let repository: Repository;
  let hub: HubProcess;
  let verdicts: Verdicts = new Map();
  let output = "";
  const unserved: string[] = [];

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    repository = makeRepository();
    // Without an agent of its own: what is asked includes tasks, whose commands would run on this machine.
    hub = await startHubProcess({ repository: repository.path, args: ["--no-agent"] });
    const asked = routes.filter(({ id }) => !(id in leftOut));
    for (const route of asked) if (!(await isServed(hub, route))) unserved.push(route.id);
    const served = asked.filter(({ id }) => !unserved.includes(id)).map(({ id }) => id);
    for (const operations of [served.filter((id) => !signIn.has(id)), served.filter((id) => signIn.has(id))]) {
      if (operations.length === 0) continue;
      const { ran, verdicts: more } = await ask({ url: hub.url, token: hub.token, folder, operations, examplesMax });
      output += ran.output;
      verdicts = new Map([...verdicts, ...more]);
    }
    writeFileSync(join(folder, "schemathesis.txt"), output);
  });
  afterAll(async () => {
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
    repository?.remove();
  });

  it("has a document that a validator of another make takes", async () => {
    const file = join(folder, "openapi.json");
    writeFileSync(file, await (await fetch(`${hub.url}/openapi.json`)).text());
    const { code, output: said } = await python("openapi-spec-validator", [file], folder);
    expect(said).toContain("OK");
    expect(code).toBe(0);
  });

  it.each(routes.filter(({ id }) => !(id in leftOut)).map(({ id, method, path }) => [id, `${method} ${path}`]))(
    "answers %s as the document says, whatever is asked",
    (id, name) => {
      expect(unserved, `nothing serves ${id} in this hub`).not.toContain(id);
      expect(verdicts.has(name), `${name} was not asked:\n${output.slice(-3_000)}`).toBe(true);
      expect(verdicts.get(name)).toEqual([]);
    },
  );

  it("is the same hub afterwards", async () => {
    expect(hub.child.exitCode).toBeNull();
    expect((await fetch(`${hub.url}/openapi.json`)).status).toBe(200);
  });
});
