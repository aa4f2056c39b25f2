import { setTimeout as pause } from "node:timers/promises";
import { listNodes, registerNode } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { type PrivateServer, postgresBinaries, startPrivateServer } from "@fogline/postgres/private-server";
import { createClient } from "@fogline/rpc";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OrchestratorRunning, type OrchestratorSchema, orchestratorConfig, start } from "./index.ts";
import { declaration, unwrap } from "./testing/hub.ts";

const binaries = postgresBinaries();
const note = binaries === undefined ? " (skipped: no /usr/lib/postgresql/*/bin; install the package postgresql)" : "";
const leaseMs = 3_000;

describe.skipIf(binaries === undefined)(`two orchestrators on one PostgreSQL${note}`, () => {
  let server: PrivateServer;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startPrivateServer(binaries ?? "");
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const open = async () => {
    const url = await server.createSpace();
    const clock = virtualClock(1_700_000_000_000);
    const random = seededRandom(5);
    const bus = inProcessBus({ clock, random });
    const client = createClient(bus, { clock, random, source: "test" });
    const join = async (instance: string): Promise<OrchestratorRunning> => {
      const database = openPostgres<OrchestratorSchema>(url);
      const config = orchestratorConfig.parse({ httpPort: 0, opsPort: 0, logLevel: "silent", instance, leaseMs });
      const running = await start(config, { bus, clock, random, database });
      closing.push(async () => {
        await running.stop();
        await database.close();
      });
      return running;
    };
    /** Lets virtual time pass until it holds; the database takes real time. */
    const until = async (holds: () => Promise<boolean>) => {
      for (let tries = 0; tries < 200 && !(await holds()); tries++) {
        await clock.advance(250);
        await pause(10);
      }
      expect(await holds()).toBe(true);
    };
    return { client, join, until };
  };
  const reasonOf = async ({ opsPort }: OrchestratorRunning): Promise<string> =>
    ((await (await fetch(`http://127.0.0.1:${opsPort}/healthz`)).json()) as { reason: string }).reason;

  it("have one that leads and one that stands by, which takes over when the first has stopped", async () => {
    const { client, join, until } = await open();
    const [first, second] = [await join("a"), await join("b")];
    expect(await reasonOf(first)).toContain("it leads");
    expect(await reasonOf(second)).toContain("it stands by");
    unwrap(await client.call(registerNode, declaration("pi-1")));
    await first.stop();
    await until(async () => (await reasonOf(second)).includes("it leads"));
    await until(async () => (await client.call(listNodes, {})).ok);
    expect(unwrap(await client.call(listNodes, {})).nodes.map(({ id }) => id)).toEqual(["pi-1"]);
    // A change of leadership takes long on a machine that does much else.
  }, 60_000);
});
