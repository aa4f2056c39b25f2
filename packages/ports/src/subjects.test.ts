import { describe, expect, it } from "vitest";
import { checkPattern, checkSubject, subjectMatches } from "./index.ts";

describe("subjects", () => {
  it.each(["a", "a.b", "op.tasks-create.Node_1"])("takes %s", (subject) => {
    expect(() => checkSubject(subject)).not.toThrow();
  });

  it.each(["", ".", "a.", ".a", "a..b", "a b", "a.*", ">", "größe", "a".repeat(256)])("refuses %j", (subject) => {
    expect(() => checkSubject(subject)).toThrow(TypeError);
  });

  it.each(["*", ">", "a.*.c", "*.>", "a.>"])("takes the pattern %s", (pattern) => {
    expect(() => checkPattern(pattern)).not.toThrow();
  });

  it.each(["", "a*", "a.>.b", "**", "a.", ">.a"])("refuses the pattern %j", (pattern) => {
    expect(() => checkPattern(pattern)).toThrow(TypeError);
  });

  it.each<[string, string, boolean]>([
    ["a.b", "a.b", true],
    ["a.b", "a.c", false],
    ["a", "a.b", false],
    ["a.b", "a", false],
    ["*", "a", true],
    ["*", "a.b", false],
    ["a.*", "a.b", true],
    ["a.*.c", "a.b.c", true],
    ["a.*.c", "a.c", false],
    ["a.>", "a.b", true],
    ["a.>", "a.b.c.d", true],
    ["a.>", "a", false],
    [">", "a", true],
  ])("%s and %s belong together: %s", (pattern, subject, together) => {
    expect(subjectMatches(pattern, subject)).toBe(together);
  });
});
