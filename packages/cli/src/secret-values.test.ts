import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askValues } from "./secret-values.ts";

const question = (key: string) => ({ key, question: `${key} of edge-pi/db` });
const piped = (content: string | Uint8Array) => {
  const input = new PassThrough();
  input.end(content);
  return input;
};
const clear = (values: ReadonlyMap<string, Uint8Array>) => [...values].map(([key, value]) => [key, Buffer.from(value).toString("latin1")]);

describe("values of a secret", () => {
  it("one is all of standard input, without the end of its last line", async () => {
    expect(clear(await askValues([question("a")], piped("two\nlines\n")))).toEqual([["a", "two\nlines"]]);
    expect(clear(await askValues([question("a")], piped("one\r\n")))).toEqual([["a", "one"]]);
    expect(clear(await askValues([question("a")], piped("no end")))).toEqual([["a", "no end"]]);
    expect(clear(await askValues([question("a")], piped(Uint8Array.of(0, 255))))).toEqual([["a", "\u0000\u00ff"]]);
  });

  it("several are a line each, in the order of the keys", async () => {
    expect(clear(await askValues(["a", "b"].map(question), piped("1\n2\n")))).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  it("are refused when one is not given", async () => {
    await expect(askValues([question("a")], piped("\n"))).rejects.toMatchObject({
      code: "FL3222",
      message: "no value was given for a, so nothing was changed",
    });
    await expect(askValues(["a", "b"].map(question), piped("1\n"))).rejects.toMatchObject({ code: "FL3222" });
  });

  it("that a person types are asked for twice and not shown", async () => {
    const typed = async (first: string, second: string) => {
      const input = Object.assign(new PassThrough(), { isTTY: true });
      const shown: string[] = [];
      const values = askValues([question("a")], input, { write: (text) => shown.push(text) });
      input.write(`${first}\r`);
      setImmediate(() => input.write(`${second}\r`));
      return { values: await values.then(clear, (thrown: { message: string }) => thrown.message), shown: shown.join("") };
    };
    expect(await typed("hunter2", "hunter2")).toEqual({ values: [["a", "hunter2"]], shown: "a of edge-pi/db: \nonce more: \n" });
    const other = await typed("hunter2", "hunter3");
    expect(other.values).toBe("the two values of a are not the same, so nothing was changed");
    expect(other.shown).not.toContain("hunter");
  });
});
