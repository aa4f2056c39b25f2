import { describe, expect, it } from "vitest";
import { hostKeysOf, withHostKey } from "./known-hosts.ts";

// Made by ssh-keygen, whose `-l` says the fingerprint.
const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIJdT2MFcQmaOgzWa9EhIu3oYKWvSyLZ4YtFR7yqEMS9c";
const key = { algorithm: "ssh-ed25519", blob, fingerprint: "" };

describe("the host keys that are written down", () => {
  it("are found by any name of a line, with the fingerprint that ssh-keygen says", () => {
    const [found, ...more] = hostKeysOf(`# boards\npi-1,10.0.0.1 ssh-ed25519 ${blob} comment\npi-11 ssh-ed25519 ${blob}\n`, "pi-1");
    expect(more).toEqual([]);
    expect(found).toMatchObject({ algorithm: "ssh-ed25519", blob });
    expect(found?.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  it("are not those of revoked lines, comments and other devices", () => {
    expect(hostKeysOf(`@revoked pi-1 ssh-ed25519 ${blob}\n#pi-1 ssh-ed25519 ${blob}\npi-2 ssh-ed25519 ${blob}\n`, "pi-1")).toEqual([]);
  });

  it("get a new one in the place of the old ones, and else in the order of names", () => {
    const text = `a ssh-ed25519 AAAA\nc ssh-rsa AAAB\nc ssh-ed25519 AAAC\nd ssh-ed25519 AAAD\n`;
    expect(withHostKey(text, "c", key)).toBe(`a ssh-ed25519 AAAA\nc ssh-ed25519 ${blob}\nd ssh-ed25519 AAAD\n`);
    expect(withHostKey(text, "b", key).split("\n")[1]).toBe(`b ssh-ed25519 ${blob}`);
    expect(withHostKey("", "b", key)).toBe(`b ssh-ed25519 ${blob}\n`);
    expect(withHostKey(text, "e", key).split("\n")[4]).toBe(`e ssh-ed25519 ${blob}`);
  });
});
