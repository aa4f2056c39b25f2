import { describe, expect, it } from "vitest";
import { hostKeysOf } from "./known-hosts.ts";

// Made by ssh-keygen, whose `-l` says the fingerprint.
const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIJdT2MFcQmaOgzWa9EhIu3oYKWvSyLZ4YtFR7yqEMS9c";

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
});
