import { codes } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { safeParse } from "zod/v4/core";
import { failureOf } from "./kernel/declaration.ts";
import { contractsIn, isEvent, isOperation, isStream } from "./testing/declared.ts";
import { refusal } from "./testing/samples.ts";

// By a path that is computed: a named import of everything would count as a use of everything when dead code is looked for.
const contracts = contractsIn(await import(new URL("index.ts", import.meta.url).href));
const operations = contracts.filter(isOperation);

// name | role | idempotency | longest wait | route | errors
const matrix = `
agents.ask           | service | safe    | 10000 | -                                  | gone FL4009, unable FL4150
agents.assign        | service | natural |  5000 | -                                  | gone FL4009
agents.cancel        | service | natural |  5000 | -                                  | gone FL4009
agents.channel-open  | service | none    | 15000 | -                                  | gone FL4009, unable FL4150, refused FL4151, tooMany FL4152, failed FL4155
agents.channel-send  | service | none    |  5000 | -                                  | gone FL4009
agents.configure     | service | natural |  5000 | -                                  | gone FL4009
audit.list           | admin   | safe    |  5000 | GET /api/audit                     | -
audit.verify         | admin   | safe    | 60000 | GET /api/audit/verify              | -
auth.me              | anyone  | safe    |  5000 | GET /api/auth/me                   | refused FL4002
auth.methods         | anyone  | safe    |  5000 | GET /api/auth/methods              | -
auth.refresh         | anyone  | none    |  5000 | POST /api/auth/refresh             | refused FL4002
auth.signin          | anyone  | none    |  5000 | POST /api/auth/signin              | refused FL4002
auth.signout         | anyone  | natural |  5000 | POST /api/auth/signout             | -
auth.verify          | service | safe    |  5000 | -                                  | -
ca.get               | user    | safe    |  5000 | GET /api/ca                        | -
certificates.list    | user    | safe    |  5000 | GET /api/nodes/:id/certificates    | -
certificates.revoke  | admin   | natural |  5000 | POST /api/nodes/:id/revoke         | -
certificates.rotate  | admin   | natural | 20000 | POST /api/nodes/:id/rotate         | notFound FL4004, unable FL4150, failed FL4155
deployments.create   | user    | key     |  5000 | POST /api/deployments              | nameTaken FL4005
deployments.get      | user    | safe    |  5000 | GET /api/deployments/:id           | notFound FL4004
deployments.list     | user    | safe    |  5000 | GET /api/deployments               | -
deployments.logs     | user    | safe    | 15000 | GET /api/deployments/:id/logs      | notFound FL4004
deployments.stop     | user    | natural |  5000 | POST /api/deployments/:id/stop     | notFound FL4004
enrolments.create    | admin   | none    |  5000 | POST /api/nodes/:id/enrolment      | notFound FL4004
enrolments.list      | admin   | safe    |  5000 | GET /api/enrolments                | -
enrolments.remove    | admin   | natural |  5000 | DELETE /api/enrolments/:id         | noEnrolment FL4004
executions.report    | service | natural |  5000 | -                                  | -
fog.broadcast        | service | none    |  5000 | -                                  | -
fog.discover         | user    | safe    |  5000 | GET /api/services/discover/:type   | -
fog.health           | user    | safe    |  5000 | GET /api/services/health           | -
fog.initialize       | admin   | natural | 30000 | POST /api/services/initialize      | -
fog.list             | user    | safe    |  5000 | GET /api/services                  | -
fog.register         | service | natural |  5000 | -                                  | -
fog.route            | service | none    |  5000 | -                                  | unknownService FL4004, inboxFull FL4012
fog.shutdown         | admin   | natural | 30000 | POST /api/services/shutdown        | -
gitops.get           | user    | safe    |  5000 | GET /api/gitops                    | -
nodes.connect        | service | natural |  5000 | -                                  | notFound FL4004
nodes.decommission   | admin   | natural |  5000 | POST /api/nodes/:id/decommission   | notFound FL4004
nodes.disconnect     | service | natural |  5000 | -                                  | -
nodes.drain          | admin   | natural |  5000 | POST /api/nodes/:id/drain          | notFound FL4004
nodes.get            | user    | safe    |  5000 | GET /api/nodes/:id                 | notFound FL4004
nodes.heartbeat      | node    | natural |  5000 | POST /api/nodes/:id/heartbeat      | notFound FL4004
nodes.history        | user    | safe    |  5000 | GET /api/nodes/:id/history         | notFound FL4004
nodes.list           | user    | safe    |  5000 | GET /api/nodes                     | -
nodes.logs           | user    | safe    | 15000 | GET /api/nodes/:id/logs            | notFound FL4004
nodes.reboot         | admin   | none    | 20000 | POST /api/nodes/:id/reboot         | notFound FL4004, gone FL4009, unable FL4150, refused FL4151, busy FL4154, failed FL4155
nodes.register       | admin   | natural |  5000 | POST /api/nodes                    | -
nodes.remove         | admin   | natural |  5000 | DELETE /api/nodes/:id              | -
nodes.replace        | admin   | none    |  5000 | POST /api/nodes/:id/replace        | notFound FL4004
nodes.utilisation    | user    | safe    |  5000 | GET /api/utilisation               | -
nodes.why            | user    | safe    |  5000 | GET /api/nodes/:id/why             | notFound FL4004
policies.admit       | service | safe    |  5000 | -                                  | -
policies.audit       | admin   | safe    |  5000 | GET /api/policies/audit            | -
policies.list        | user    | safe    |  5000 | GET /api/policies                  | -
policies.put         | admin   | natural |  5000 | PUT /api/policies/:name            | versionConflict FL4005
policies.remove      | admin   | natural |  5000 | DELETE /api/policies/:name         | notFound FL4004
service.deliver      | service | none    |  5000 | -                                  | -
service.health       | service | safe    |  1000 | -                                  | -
service.stop         | service | natural | 15000 | -                                  | -
sessions.list        | user    | safe    |  5000 | GET /api/sessions                  | notYours FL4003
sessions.revoke      | user    | natural |  5000 | DELETE /api/sessions/:id           | noSession FL4004
simulation.add       | admin   | none    | 15000 | PUT /api/simulation/:id            | idTaken FL4005, unknownHardware FL4004, cannotSimulate FL4009
simulation.remove    | admin   | natural | 15000 | DELETE /api/simulation/:id         | notSimulated FL4004
simulation.set       | admin   | natural |  5000 | POST /api/simulation/:id           | notSimulated FL4004
tasks.cancel         | user    | natural |  5000 | POST /api/tasks/:id/cancel         | notFound FL4004
tasks.create         | user    | key     |  5000 | POST /api/tasks                    | queueFull FL4012, refusedByPolicy FL4013
tasks.explain        | user    | safe    |  5000 | GET /api/tasks/:id/placement       | notFound FL4004
tasks.get            | user    | safe    |  5000 | GET /api/tasks/:id                 | notFound FL4004
tasks.list           | user    | safe    |  5000 | GET /api/tasks                     | -
tasks.moves          | user    | safe    |  5000 | GET /api/moves                     | -
users.create         | admin   | none    |  5000 | POST /api/users                    | nameTaken FL4005, tryLater FL4007
users.link           | admin   | none    |  5000 | POST /api/users/:name/link         | notFound FL4004
users.list           | admin   | safe    |  5000 | GET /api/users                     | -
users.password       | user    | natural |  5000 | PUT /api/users/:name/password      | notFound FL4004, wrongPassword FL4002, notYours FL4003, isExternal FL4005, tryLater FL4007
users.remove         | admin   | natural |  5000 | DELETE /api/users/:name            | lastAdmin FL4005
users.update         | admin   | natural |  5000 | PATCH /api/users/:name             | notFound FL4004, lastAdmin FL4005
`;

const routeOf = (http: { method: string; path: string } | undefined): string => (http === undefined ? "-" : `${http.method} ${http.path}`);

describe("every operation", () => {
  it("has the role, idempotency, wait, route and errors that the matrix says", () => {
    const rows = operations.map(({ name, role, idempotency, timeoutMs, http, errors }) => {
      const told = Object.entries(errors).map(([error, { code }]) => `${error} ${code}`);
      return [name, role, idempotency, String(timeoutMs), routeOf(http), told.join(", ") || "-"].join(" | ");
    });
    const expected = matrix.trim().split("\n");
    expect(rows.toSorted()).toEqual(
      expected.map((row) =>
        row
          .split("|")
          .map((cell) => cell.trim())
          .join(" | "),
      ),
    );
  });

  it("takes the parameters of its route as fields", () => {
    for (const { name, http, request } of operations) {
      const parameters = http?.path.split("/").filter((segment) => segment.startsWith(":")) ?? [];
      const fields = Object.keys((request._zod.def as { shape?: object }).shape ?? {});
      for (const parameter of parameters) expect(fields, name).toContain(parameter.slice(1));
    }
  });

  it("is called by a workload only when no route leads to it, and has a route when people or devices call it", () => {
    for (const { name, role, http } of operations) expect(http === undefined, name).toBe(role === "service");
  });

  it("changes nothing when it is a GET", () => {
    for (const { name, http, idempotency } of operations) if (http?.method === "GET") expect(idempotency, name).toBe("safe");
  });
});

describe("every stream and event", () => {
  it("is one of these, streams open to users", () => {
    const streams = contracts.filter(isStream).map(({ name, role, http }) => `${name} | ${role} | ${routeOf(http)}`);
    expect(streams.toSorted()).toEqual([
      "activity.watch | user | GET /api/activity",
      "agents.channel-messages | service | -",
      "changes.watch | user | GET /api/changes",
    ]);
    const events = contracts.filter(isEvent).map(({ name }) => name);
    expect(events.toSorted()).toEqual([
      "certificates.revoked",
      "deployments.changed",
      "gitops.changed",
      "nodes.changed",
      "nodes.sampled",
      "policies.changed",
      "services.changed",
      "services.left",
      "sessions.revoked",
      "tasks.changed",
    ]);
  });
});

describe("all contracts together", () => {
  it("have names of their own", () => {
    const names = contracts.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  });

  it("say in a sentence what they are", () => {
    for (const { name, summary } of contracts) expect(summary, name).toMatch(/^[A-Z].+ .+\.$/);
  });

  it("have routes of which none hides another", () => {
    const routes = contracts.flatMap((contract) => ("http" in contract && contract.http !== undefined ? [contract.http] : []));
    const meets = (a: string, b: string): boolean => {
      const [left, right] = [a.split("/"), b.split("/")];
      return (
        left.length === right.length && left.every((part, index) => part === right[index] || part.startsWith(":") || right[index]?.startsWith(":"))
      );
    };
    const hidden = routes.flatMap((one, index) =>
      routes
        .slice(index + 1)
        .filter(({ method, path }) => method === one.method && meets(path, one.path))
        .map(({ path }) => `${path} and ${one.path}`),
    );
    expect(hidden).toEqual([]);
  });

  it("fail with codes of the catalogue that have an HTTP status", () => {
    for (const { errors } of operations) for (const { code } of Object.values(errors)) expect(codes[code]).toHaveProperty("status");
  });
});

// operation | error | fields | sentence
const failures: [string, string, object, string][] = [
  ["tasks.get", "notFound", { id: "t9" }, 'no task "t9"'],
  ["tasks.create", "queueFull", { queued: 10, limit: 9 }, "10 tasks wait, the limit is 9"],
  ["tasks.create", "refusedByPolicy", { refusal }, "task needs 2048 MiB, pi-3 has 1311 MiB free"],
  ["nodes.get", "notFound", { id: "pi-9" }, 'no node "pi-9"'],
  ["enrolments.create", "notFound", { id: "pi-9" }, 'no node "pi-9": declare the device in the fleet file first'],
  ["enrolments.remove", "noEnrolment", { id: "e9" }, 'no enrolment "e9"'],
  ["deployments.get", "notFound", { id: "d9" }, 'no deployment "d9"'],
  ["deployments.create", "nameTaken", { name: "greeter" }, 'a deployment named "greeter" exists'],
  ["policies.remove", "notFound", { name: "warm" }, 'no policy "warm"'],
  ["policies.put", "versionConflict", { name: "warm", expected: 2, actual: 3 }, 'policy "warm" is at version 3, not 2'],
  ["fog.route", "unknownService", { service: "twin" }, 'no service "twin" is registered'],
  ["fog.route", "inboxFull", { service: "twin", limit: 1_000 }, 'the inbox of "twin" holds 1000 events already'],
  ["agents.ask", "gone", { node: "pi-9" }, 'node "pi-9" closed its connection'],
  ["agents.ask", "unable", { node: "pi-9", ability: "reboot", agentVersion: "0.1.0" }, "the agent of pi-9 (version 0.1.0) does not know how: reboot"],
  ["agents.channel-open", "refused", { node: "pi-9", why: "nobody allowed it" }, "pi-9 refuses: nobody allowed it"],
  ["agents.channel-open", "tooMany", { node: "pi-9", max: 4 }, "4 sessions are open on pi-9, which is the most"],
  ["agents.channel-open", "failed", { node: "pi-9", why: "there is no sh" }, "pi-9 could not: there is no sh"],
  [
    "nodes.reboot",
    "busy",
    { node: "pi-9", why: "it runs t1.1, which may not be started again" },
    "pi-9 is busy: it runs t1.1, which may not be started again",
  ],
  ["nodes.reboot", "gone", { node: "pi-9" }, "pi-9 is not connected"],
  ["simulation.set", "notSimulated", { id: "pi-9" }, '"pi-9" is not a simulated device of this hub'],
  ["simulation.add", "idTaken", { id: "sim-9" }, 'a device named "sim-9" exists'],
  ["simulation.add", "unknownHardware", { hardware: "pi-9", known: ["pi-4-2", "pi-5-8"] }, 'no hardware profile "pi-9"; those known: pi-4-2, pi-5-8'],
  ["simulation.add", "cannotSimulate", { why: "the hub simulates nothing" }, "no device can be simulated here: the hub simulates nothing"],
  ["auth.signin", "refused", {}, "the name, password, code or token is not right"],
  ["users.update", "notFound", { name: "bob" }, 'no user "bob"'],
  ["users.create", "nameTaken", { name: "bob" }, 'a user named "bob" exists'],
  ["users.update", "lastAdmin", { name: "ann" }, '"ann" is the last admin that can sign in'],
  ["users.password", "wrongPassword", {}, "the current password is not right"],
  ["users.password", "notYours", { caller: "ben", owner: "ann" }, '"ben" may see and change only what is their own, and this is of "ann"'],
  ["users.password", "isExternal", { name: "ben" }, '"ben" signs in at the identity provider and has no password here'],
  ["users.create", "tryLater", { seconds: 3 }, "too many passwords are tried or set now; wait 3 s"],
  ["sessions.revoke", "noSession", { id: "s9" }, 'no session "s9"'],
];

describe("every failure", () => {
  it.each(failures)("of %s, %s, says what happened with its fields", (name, error, fields, sentence) => {
    const declared = operations.find((candidate) => candidate.name === name);
    expect(declared && failureOf(declared, error, fields)).toMatchObject({ error, message: sentence, fields });
  });

  it.each(failures)("of %s, %s, travels with exactly these fields", (name, error, fields) => {
    const schema = operations.find((candidate) => candidate.name === name)?.errors[error]?.fields;
    if (schema === undefined) throw new Error(`${name} declares no ${error}`);
    expect(safeParse(schema, { ...fields, neverHeardOf: 1 }).data).toEqual(fields);
    for (const field of Object.keys(fields)) {
      expect(safeParse(schema, { ...fields, [field]: undefined }).success, field).toBe(false);
      expect(safeParse(schema, { ...fields, [field]: 0.5 }).success, field).toBe(false);
    }
  });

  it("is told above", () => {
    const told = new Set(failures.map(([, error]) => error));
    for (const { name, errors } of operations) for (const error of Object.keys(errors)) expect(told, name).toContain(error);
  });
});
