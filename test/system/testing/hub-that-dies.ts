import { inProcessBus } from "@fogline/in-process";
import type { Bus, Database } from "@fogline/ports";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { type Death, isDeath } from "./deaths.ts";
import { runHubProgram } from "./hub-program.ts";

// A hub that kills itself (SIGKILL: nothing is flushed, closed or said) at the place that FOGLINE_DIE_AT names. Only its ports know of it.

const [name = "", count = "1"] = (process.env.FOGLINE_DIE_AT ?? "").split(":");
if (name !== "" && !isDeath(name)) throw new Error(`FOGLINE_DIE_AT names no place: ${name}`);
let left = Number(count);

const reached = (death: Death): void => {
  if (death !== name) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
};

const arrived: Readonly<Record<string, Death>> = {
  "op.tasks.create": "task arrived, not stored",
  "op.executions.report": "report arrived, not stored",
};
const done: Readonly<Record<string, Death>> = {
  "op.tasks.create": "task stored, not answered",
  "op.executions.report": "report stored, not acknowledged",
  "op.nodes.connect": "agent connected, not welcomed",
};
/** Whoever answers: any replica, or the one that the gateway chose and names behind the operation. */
const at = (table: Readonly<Record<string, Death>>, subject: string): void => {
  for (const [operation, death] of Object.entries(table)) if (subject === operation || subject.startsWith(`${operation}.`)) reached(death);
};

const mortalBus = (bus: Bus): Bus => ({
  ...bus,
  publish: async (subject, payload, headers) => {
    const isEvent = subject.startsWith("event.tasks.") || subject.startsWith("event.nodes.");
    if (isEvent) reached("event stored, not published");
    await bus.publish(subject, payload, headers);
    if (isEvent) reached("event published, not deleted");
  },
  request: async (subject, payload, options) => {
    const assigns = subject.startsWith("op.agents.assign.");
    if (assigns) reached("assignment stored, not sent");
    const answer = await bus.request(subject, payload, options);
    if (assigns) reached("assignment sent, outcome not known");
    return answer;
  },
  respond: (pattern, handler, options) =>
    bus.respond(
      pattern,
      async (message) => {
        at(arrived, message.subject);
        const answer = await handler(message);
        at(done, message.subject);
        return answer;
      },
      options,
    ),
});

const mortalDatabase = <Schema>(database: Database<Schema>): Database<Schema> => ({
  ...database,
  transaction: async (work) => {
    const value = await database.transaction(async (transaction) => {
      const worked = await work(transaction);
      reached("change made, not committed");
      return worked;
    });
    reached("change committed, not told");
    return value;
  },
});

await runHubProgram({
  bus: mortalBus(inProcessBus({ clock: systemClock, random: systemRandom })),
  openDatabase: <Schema>(path: string) => {
    const database = openSqlite<Schema>(path);
    reached("database opened, not migrated");
    return mortalDatabase(database);
  },
});
