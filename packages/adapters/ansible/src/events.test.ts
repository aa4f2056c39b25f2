import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { counted, eventIn, noCounts, type PlaybookEvent } from "./events.ts";
import { follow } from "./follow.ts";

const line = (outcome: string, role = "common"): string =>
  JSON.stringify({ atMs: 5, event: "task", host: "pi-1", role, task: "Limit the logs", outcome });

describe("the events of a playbook", () => {
  it("are counted by role", () => {
    const events = [line("ok"), line("changed"), line("skipped", "pi"), '{"event":"begin","atMs":5,"role":"pi","task":"x"}'].map(eventIn);
    const roles = events.reduce<Readonly<Record<string, typeof noCounts>>>((sum, event) => counted(sum, event as PlaybookEvent), {});
    expect(roles).toEqual({ common: { ...noCounts, ok: 1, changed: 1 }, pi: { ...noCounts, skipped: 1 } });
  });

  it("leave out half a line and what is none of them", () => {
    expect(["", line("ok").slice(0, 40), "{}", line("lost"), "null"].map(eventIn)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe("a file that is followed", () => {
  it("gives each line once it is whole, what was there before and what comes last, and no half of one", () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-follow-"));
    try {
      const file = join(folder, "events");
      writeFileSync(file, "one\ntw");
      const lines: string[] = [];
      const following = follow(file, (text) => lines.push(text));
      expect(lines).toEqual(["one"]);
      appendFileSync(file, `o ä${"x".repeat(100_000)}\nthree\nfou`);
      following.end();
      expect(lines.map((text) => text.slice(0, 5))).toEqual(["one", "two ä".slice(0, 5), "three"]);
      expect(lines[1]).toHaveLength(100_005);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
