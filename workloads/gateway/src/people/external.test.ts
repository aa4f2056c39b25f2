import { UserName } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { userNameOf } from "./external.ts";

describe("the name of somebody from the identity provider", () => {
  it.each([
    ["ada", "ada"],
    ["Ada Lovelace", "ada-lovelace"],
    ["ada@example.org", "ada-example.org"],
    ["Jürgen_Öz", "jurgen_oz"],
    ["..--Ada--..", "ada"],
    ["李", "user"],
    ["", "user"],
  ])("%j is %s here", (nickname, name) => {
    expect(userNameOf(nickname)).toBe(name);
  });

  it("is one that is allowed here, whatever it is there, with room for a number", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (nickname) => {
        const name = userNameOf(nickname);
        expect([name, `${name}-999`].map((one) => UserName.safeParse(one).success)).toEqual([true, true]);
      }),
    );
  });
});
