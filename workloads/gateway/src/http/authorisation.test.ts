import { createLog } from "@fogline/service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPeople } from "../people/people.ts";
import { type Hub, openHub } from "../testing/hub.ts";
import { publicContracts, signInContracts } from "./contracts.ts";

// Function-level authorisation: who may call what, written by hand. `in` is let in, whatever becomes of the request; the rest is the status.

// operation                 | nobody | node | user | admin
const matrix = `
activity.watch               | 401 | 403 | in  | in
audit.list                   | 401 | 403 | 403 | in
audit.verify                 | 401 | 403 | 403 | in
auth.me                      | 401 | in  | in  | in
auth.methods                 | in  | in  | in  | in
auth.refresh                 | 401 | 401 | 401 | 401
auth.signin                  | in  | in  | in  | in
auth.signout                 | in  | in  | in  | in
ca.get                       | 401 | 403 | in  | in
certificates.list            | 401 | 403 | in  | in
certificates.revoke          | 401 | 403 | 403 | in
certificates.rotate          | 401 | 403 | 403 | in
changes.watch                | 401 | 403 | in  | in
deployments.create           | 401 | 403 | in  | in
deployments.get              | 401 | 403 | in  | in
deployments.list             | 401 | 403 | in  | in
deployments.logs             | 401 | 403 | in  | in
deployments.stop             | 401 | 403 | in  | in
enrolments.create            | 401 | 403 | 403 | in
enrolments.list              | 401 | 403 | 403 | in
enrolments.remove            | 401 | 403 | 403 | in
fog.discover                 | 401 | 403 | in  | in
fog.health                   | 401 | 403 | in  | in
fog.initialize               | 401 | 403 | 403 | in
fog.list                     | 401 | 403 | in  | in
fog.shutdown                 | 401 | 403 | 403 | in
gitops.get                   | 401 | 403 | in  | in
nodes.decommission           | 401 | 403 | 403 | in
nodes.drain                  | 401 | 403 | 403 | in
nodes.get                    | 401 | 403 | in  | in
nodes.heartbeat              | 401 | in  | 403 | in
nodes.history                | 401 | 403 | in  | in
nodes.list                   | 401 | 403 | in  | in
nodes.logs                   | 401 | 403 | in  | in
nodes.reboot                 | 401 | 403 | 403 | in
nodes.register               | 401 | 403 | 403 | in
nodes.remove                 | 401 | 403 | 403 | in
nodes.replace                | 401 | 403 | 403 | in
nodes.utilisation            | 401 | 403 | in  | in
nodes.why                    | 401 | 403 | in  | in
policies.audit               | 401 | 403 | 403 | in
policies.list                | 401 | 403 | in  | in
policies.put                 | 401 | 403 | 403 | in
policies.remove              | 401 | 403 | 403 | in
sessions.list                | 401 | 403 | in  | in
sessions.revoke              | 401 | 403 | in  | in
simulation.add               | 401 | 403 | 403 | in
simulation.remove            | 401 | 403 | 403 | in
simulation.set               | 401 | 403 | 403 | in
tasks.cancel                 | 401 | 403 | in  | in
tasks.create                 | 401 | 403 | in  | in
tasks.explain                | 401 | 403 | in  | in
tasks.get                    | 401 | 403 | in  | in
tasks.list                   | 401 | 403 | in  | in
tasks.moves                  | 401 | 403 | in  | in
users.create                 | 401 | 403 | 403 | in
users.link                   | 401 | 403 | 403 | in
users.list                   | 401 | 403 | 403 | in
users.password               | 401 | 403 | in  | in
users.remove                 | 401 | 403 | 403 | in
users.update                 | 401 | 403 | 403 | in
`;

type Caller = "nobody" | "node" | "user" | "admin";
const callers: readonly Caller[] = ["nobody", "node", "user", "admin"];

const rows = matrix
  .trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));
const contracts = [...publicContracts, ...signInContracts];

let hub: Hub;
let nodeToken: string;
beforeAll(async () => {
  hub = await openHub();
  // As a second gateway over the same database would make it.
  const { database, secrets, client, clock, random, config } = hub;
  const people = await openPeople({ config, database, secrets, client, clock, random, log: createLog({ level: "silent" }) });
  nodeToken = (await people.tokens.issueNodeToken("pi-1")).accessToken;
  await people.stop();
});
afterAll(() => hub.close());

/** A token that is good now: people sign in anew, because some of what is asked ends their session. */
const tokenOf: Readonly<Record<Caller, () => Promise<string | undefined>>> = {
  nobody: async () => undefined,
  node: async () => nodeToken,
  user: async () => (await hub.signIn("uwe", "user")).accessToken,
  admin: async () => (await hub.signIn("ada", "admin")).accessToken,
};

/** What a request is answered as far as authorisation goes. A stream that opens is ended at once. */
const answered = async (name: string, caller: Caller): Promise<string> => {
  const http = contracts.find((contract) => contract.name === name)?.http;
  if (http === undefined) throw new Error(`no route leads to ${name}`);
  const ended = new AbortController();
  const takesBody = http.method !== "GET" && http.method !== "DELETE";
  const token = await tokenOf[caller]();
  const response = await fetch(hub.url + http.path.replaceAll(/:(\w+)/g, "pi-1"), {
    method: http.method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(takesBody ? { "content-type": "application/json" } : {}) },
    ...(takesBody ? { body: "{}" } : {}),
    signal: ended.signal,
  });
  const { status } = response;
  if (status !== 401 && status !== 403) ended.abort();
  return status === 401 || status === 403 ? String(status) : "in";
};

describe("who may call what", () => {
  it("is decided for every operation and stream that has a route", () => {
    expect(rows.map(([name]) => name)).toEqual(contracts.map(({ name }) => name).toSorted());
  });

  it.each(rows)("%s: nobody %s, a node %s, a user %s, an admin %s", async (name = "", ...expected) => {
    const got: string[] = [];
    for (const caller of callers) got.push(await answered(name, caller));
    expect(got).toEqual(expected);
  });
});
