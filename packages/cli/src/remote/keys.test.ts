import { describe, expect, it } from "vitest";
import { escapeKeys } from "./keys.ts";

const typed = (...parts: readonly string[]) => {
  const keys = escapeKeys();
  const results = parts.map((part) => keys(Buffer.from(part)));
  return { passed: results.map(({ pass }) => Buffer.from(pass).toString()).join("|"), leaves: results.some(({ leave }) => leave) };
};

describe("the keys of a shell", () => {
  it("leave with ~. at the beginning of a line, in one piece or two", () => {
    expect(typed("ls\r~.")).toEqual({ passed: "ls\r", leaves: true });
    expect(typed("~", ".")).toEqual({ passed: "|", leaves: true });
  });

  it("go to the device in every other case", () => {
    expect(typed("cd ~.\r")).toEqual({ passed: "cd ~.\r", leaves: false });
    expect(typed("~/bin\r")).toEqual({ passed: "~/bin\r", leaves: false });
    expect(typed("~~.")).toEqual({ passed: "~.", leaves: false });
    expect(typed("~\r~.")).toEqual({ passed: "~\r", leaves: true });
  });
});
