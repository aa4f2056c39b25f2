import { describe, expect, it } from "vitest";
import { readChallenge } from "./challenge.ts";
import { credentialsFor } from "./credentials.ts";
import { isProtected } from "./protected.ts";

const config = (value: unknown): string => JSON.stringify(value);
const auth = Buffer.from("anna:pass:word").toString("base64");

describe("docker's logins", () => {
  it.each(["registry.acme.example", "https://registry.acme.example", "https://registry.acme.example/v2/"])("are found under %s", (name) => {
    expect(credentialsFor("registry.acme.example", config({ auths: { [name]: { auth } } }), "f")).toEqual({
      username: "anna",
      password: "pass:word",
    });
  });

  it("may have user and password apart, and are those of no other registry or port", () => {
    const text = config({ auths: { "localhost:5000": { username: "anna", password: "secret" } } });
    expect(credentialsFor("localhost:5000", text, "f")).toEqual({ username: "anna", password: "secret" });
    expect(credentialsFor("localhost:5001", text, "f")).toBeUndefined();
    expect(credentialsFor("localhost", text, "f")).toBeUndefined();
    expect(credentialsFor("localhost", "{}", "f")).toBeUndefined();
  });

  it.each([
    ["a helper for the registry", { credHelpers: { r: "gcloud" } }],
    ["a store for all", { auths: { r: {} }, credsStore: "desktop" }],
    ["a token of identity", { auths: { r: { identitytoken: "t" } } }],
  ])("with %s are refused instead of being left out", (_, value) => {
    expect(() => credentialsFor("r", config(value), "f")).toThrow(expect.objectContaining({ code: "FL3296" }));
  });

  it.each(["", "[", '"hunter2"x', '{"auths": 1}'])("that cannot be read are refused, and not repeated: %s", (text) => {
    expect(() => credentialsFor("r", text, "f")).toThrow(expect.objectContaining({ code: "FL3296", message: "f is not a configuration of docker" }));
  });
});

describe("a challenge", () => {
  it("names where a token is to be had", () => {
    expect(readChallenge('Bearer realm="https://auth.example/token",service="the \\"registry\\"",scope="repository:a/b:pull,push"')).toEqual({
      scheme: "bearer",
      parameters: { realm: "https://auth.example/token", service: 'the "registry"', scope: "repository:a/b:pull,push" },
    });
  });

  it("may want user and password alone", () => {
    expect(readChallenge("basic realm=registry")).toEqual({ scheme: "basic", parameters: { realm: "registry" } });
  });

  it.each([null, "", "Negotiate", "Digest realm=a"])("of another kind is none: %s", (header) => {
    expect(readChallenge(header)).toBeUndefined();
  });
});

describe("a password", () => {
  it.each([
    ["https://registry.example", true],
    ["http://localhost:5000", true],
    ["http://127.0.0.1:5000", true],
    ["http://[::1]:5000", true],
    ["http://registry.example", false],
    ["http://localhost.example", false],
    ["http://127.0.0.1.example", false],
    ["ftp://localhost", false],
  ])("may go to %s: %s", (url, may) => {
    expect(isProtected(new URL(url))).toBe(may);
  });
});
