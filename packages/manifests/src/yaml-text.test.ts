import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { yamlText } from "./yaml-text.ts";

/** Two readers of another make, by either version of YAML. */
const readBack = (value: unknown) => (["1.1", "1.2"] as const).map((version) => parse(yamlText(value), { version }));

describe("the YAML of a text", () => {
  it.each(["02e59222", "12e45678", "1E400", "-.5e999", "1e5", "0x1f", "017", "1_000", "1:30", "yes", "NO", "~", ".inf", "2026-01-01", "<<"])(
    "has quotes where %s would be read as something else",
    (text) => {
      expect(yamlText({ text })).toBe(`text: '${text}'\n`);
      expect(readBack({ text })).toEqual([{ text }, { text }]);
    },
  );

  it.each(["1.2.3", "v1.36.3+k3s1", "registry.example/app:1.2.0", "02e5922f"])("has none for %s", (text) => {
    expect(yamlText({ text })).toBe(`text: ${text}\n`);
  });

  it("is read back as the same text, whatever it looks like", () => {
    const numeral = fc.stringMatching(/^[-+]?[0-9_]{0,4}[.:]?[0-9]{1,3}([eE][-+]?[0-9]{1,6})?$/);
    fc.assert(
      fc.property(fc.oneof(numeral, fc.string({ maxLength: 12 })), (text) => {
        expect(readBack({ text })).toEqual([{ text }, { text }]);
      }),
    );
  });

  it("leaves numbers, and what is no text, as they are", () => {
    const value = { port: 8080, share: 0.5, on: true, none: null, list: [1, "1"] };
    expect(readBack(value)).toEqual([value, value]);
  });
});
