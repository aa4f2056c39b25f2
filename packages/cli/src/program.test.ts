import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import type { Context } from "./context.ts";
import { createProgram } from "./program.ts";

const documentation = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const program = createProgram("0.1.0", () => ({}) as Context);

/** A command and all below it, each with its words. */
const all = (command: Command, words: readonly string[] = []): { words: readonly string[]; command: Command }[] => [
  { words, command },
  ...command.commands.flatMap((one) => all(one, [...words, one.name()])),
];

/** The part of the page for a top-level command; that for every command at the top. */
const sectionOf = ([name]: readonly string[]): string => {
  const sections = documentation.split(/^## /m);
  return sections.find((section) => section.startsWith(name === undefined ? "What holds for every command" : `\`fogline ${name}\``)) ?? "";
};

describe("docs/cli.md", () => {
  it.each(all(program).map(({ words, command }) => [["fogline", ...words].join(" "), words, command] as const))(
    "has %s with every option",
    (_name, words, command) => {
      const section = sectionOf(words);
      const name = words.at(-1);
      if (name !== undefined) expect(section).toContain(name);
      const options = command.options.map(({ long }) => long).filter((long) => long !== "--version");
      expect(options.filter((long) => !section.includes(String(long)))).toEqual([]);
    },
  );

  it("names no command that does not exist", () => {
    const commands = new Set(program.commands.map((command) => command.name()));
    const named = [...documentation.matchAll(/^## `fogline ([a-z-]+)`/gm)].map(([, name]) => name ?? "");
    expect(named.filter((name) => !commands.has(name))).toEqual([]);
    expect(named.length).toBe(commands.size);
  });
});
