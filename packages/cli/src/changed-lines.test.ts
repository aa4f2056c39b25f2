import { describe, expect, it } from "vitest";
import { changedLines } from "./changed-lines.ts";

describe("the changed lines of a text", () => {
  it("have the numbers that they had, and that they have", () => {
    expect(changedLines("a\nb\nc\nd\n", "new\na\nB\nc\nd\ne\n")).toEqual(["+    1  new", "-    2  b", "+    3  B", "+    6  e"]);
  });

  it("are none where nothing changed, and all where there was nothing", () => {
    expect(changedLines("a\r\nb\r\n", "a\r\nb\r\n")).toEqual([]);
    expect(changedLines("", "a\r\nb")).toEqual(["+    1  a", "+    2  b"]);
  });

  it("are not listed one by one when they are thousands", () => {
    const many = (word: string): string => Array.from({ length: 1_500 }, (_, index) => `${word} ${index}\n`).join("");
    expect(changedLines(many("a"), many("b"))).toEqual(["~ more than 2000 lines change"]);
  });
});
