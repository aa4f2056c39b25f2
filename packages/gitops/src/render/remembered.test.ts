import { describe, expect, it } from "vitest";
import { remembered } from "./remembered.ts";

describe("remembered", () => {
  it("asks once for equal objects, and again for another", () => {
    const asked: object[] = [];
    const nameOf = remembered((object: { name: string; port?: number }) => {
      asked.push(object);
      return object.name;
    });
    expect([nameOf({ name: "a" }), nameOf({ name: "a" }), nameOf({ name: "a", port: 1 }), nameOf({ name: "b" })]).toEqual(["a", "a", "a", "b"]);
    expect(asked).toEqual([{ name: "a" }, { name: "a", port: 1 }, { name: "b" }]);
  });

  it("remembers an answer that is nothing, too", () => {
    let asked = 0;
    const nothing = remembered((_: object) => {
      asked += 1;
      return undefined;
    });
    expect([nothing({}), nothing({})]).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
  });
});
