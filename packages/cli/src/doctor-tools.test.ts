import { describe, expect, it } from "vitest";
import { isAtLeast, tools, versionIn } from "./doctor-tools.ts";

describe("the version of a program", () => {
  // What releases of these print, word for word.
  it.each([
    ["git version 2.39.5", "2.39.5"],
    ["Client Version: v1.36.3\nKustomize Version: v5.7.1", "1.36.3"],
    ["kind v0.33.0 go1.26.8 linux/amd64", "0.33.0"],
    ["k3d version v5.8.3\nk3s version v1.31.5-k3s1 (default)", "5.8.3"],
    ["v3.274.1", "3.274.1"],
    ["ansible-playbook [core 2.19.4]\n  config file = None", "2.19.4"],
    ["OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025", "9.2"],
    ["wireguard-tools v1.0.20210914 - https://git.zx2c4.com/wireguard-tools/", "1.0.20210914"],
    ["flux version 2.9.5", "2.9.5"],
    ["v3.19.0+g3d8990f", "3.19.0"],
    ["sops 3.13.3 (latest)", "3.13.3"],
    ["go version go1.26.8 linux/amd64", "1.26.8"],
    ["github.com/docker/buildx v0.29.1 a32761a", "0.29.1"],
    ["setpriv from util-linux 2.38.1", "2.38.1"],
  ])("is found in %j", (said, version) => {
    expect(versionIn(said)).toBe(version);
  });

  it("is none where there is none", () => {
    expect(versionIn("the daemon is not running")).toBeUndefined();
  });

  it.each([
    ["3.270.0", "3.270", true],
    ["3.9.0", "3.270", false],
    ["4.0", "3.270", true],
    ["1.28", "1.28.1", false],
    ["2.34.1", "2.34.1", true],
  ])("%s is at least %s: %s", (version, least, answer) => {
    expect(isAtLeast(version, least)).toBe(answer);
  });
});

describe("the programs that doctor asks for", () => {
  it("are each named once, and all but git are needed for something and not for everything", () => {
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
    expect(tools.filter(({ required }) => required).map(({ name }) => name)).toEqual(["git"]);
    for (const { needed } of tools) expect(needed).toMatch(/^(for|to|everywhere)\b/);
  });
});
