import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cookieOf } from "./cookies.ts";
import { tokenOf } from "./identify.ts";

describe("the token of a request", () => {
  const socket = { localPort: 3_000 };

  it("is the bearer token, else the cookie of a request that changes nothing", () => {
    const cookie = "fogline_access_3001=from-another-hub; fogline_access_3000=from-cookie";
    expect(tokenOf({ socket, method: "POST", headers: { authorization: "bearer from-header", cookie } })).toBe("from-header");
    expect(tokenOf({ socket, method: "GET", headers: { cookie } })).toBe("from-cookie");
    expect(tokenOf({ socket, method: "GET", headers: {} })).toBeUndefined();
  });

  it("is no cookie that another site could have had sent", () => {
    const cookie = "fogline_access_3001=from-another-hub; fogline_access_3000=from-cookie";
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect(tokenOf({ socket, method, headers: { cookie } })).toBeUndefined();
      expect(tokenOf({ socket, method, headers: { cookie, "x-fogline-request": "page" } })).toBe("from-cookie");
    }
  });
});

describe("a cookie", () => {
  it("is found among others by its whole name, with any value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(cookieOf(`a=1; my_name=2;name=${encodeURIComponent(value)} ; b=3`, "name")).toBe(value);
      }),
    );
  });

  it("that is not there, or is damaged, is none", () => {
    expect(cookieOf(undefined, "name")).toBeUndefined();
    expect(cookieOf("names=1; name", "name")).toBeUndefined();
    expect(cookieOf("name=%E0%A4%A", "name")).toBeUndefined();
  });
});
