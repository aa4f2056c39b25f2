import { seededRandom } from "@fogline/fakes";
import { openSqlite } from "@fogline/sqlite";
import { describe, expect, it } from "vitest";
import type { GatewaySchema } from "../schema.ts";
import { from, openTestPeople } from "../testing/people.ts";
import { Passwords, TooBusy } from "./passwords.ts";

describe("a password", () => {
  const passwords = new Passwords(seededRandom(1));

  it("is stored as salt and scrypt hash with their cost, and matches itself alone", async () => {
    const hash = await passwords.hash("a long enough password");
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await passwords.hash("a long enough password")).not.toBe(hash);
    expect(await passwords.matches("a long enough password", hash)).toBe(true);
    expect(await passwords.matches("a long enough Password", hash)).toBe(false);
    expect(await passwords.matches("a long enough password", null)).toBe(false);
    expect(await passwords.matches("", "damaged")).toBe(false);
  });

  it("is the same however a keyboard writes its letters", async () => {
    const composed = "un mot de passe \u00e9lev\u00e9";
    expect(await passwords.matches(composed.normalize("NFD"), await passwords.hash(composed))).toBe(true);
  });

  it("waits behind others, two at a time and 32 in the queue; one more is turned away and the queue goes on", async () => {
    const busy = new Passwords(seededRandom(2), { N: 16, r: 1, p: 1 });
    const tries = Array.from({ length: 35 }, () => busy.matches("x", null).catch((thrown: unknown) => thrown));
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome instanceof TooBusy)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === false)).toHaveLength(34);
    expect(await busy.matches("x", null)).toBe(false);
  });
});

describe("a sign-in with a password", () => {
  it("does the same work for a name that nobody has, one without a password, one that is kept out, and one with another", async () => {
    const people = await openTestPeople(openSqlite<GatewaySchema>(":memory:"));
    await people.users.create({ name: "ada", role: "admin" });
    await people.users.create({ name: "uwe", role: "user", password: await people.passwords.hash("a long enough password") });
    await people.users.create({ name: "eva", role: "user", password: await people.passwords.hash("a long enough password") });
    await people.users.update("eva", { disabled: true });
    const costs = [];
    for (const name of ["nobody", "ada", "eva", "uwe"]) {
      const before = people.passwords.hashed;
      const password = name === "eva" ? "a long enough password" : "not the password";
      costs.push([name, await people.signIn.withPassword({ name, password }, from), people.passwords.hashed - before]);
    }
    expect(costs).toEqual(["nobody", "ada", "eva", "uwe"].map((name) => [name, "refused", 1]));
    await people.stop();
    await people.database.close();
  });
});
