import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addExposureOptions, type ExposureOptions, exposureOf } from "./exposure.ts";

const parsed = (...args: string[]) => {
  const command = addExposureOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  return exposureOf(command.parse(args, { from: "user" }).opts<ExposureOptions>());
};

describe("the options that say how a hub is reached", () => {
  it("are none by default: nobody but this machine", () => {
    expect(parsed()).toEqual({});
  });

  it("name a certificate in files", () => {
    expect(parsed("--bind", "0.0.0.0", "--tls-certificate", "fog.pem", "--tls-key", "fog.key", "--tls-min", "1.3", "--http-port", "80")).toEqual({
      ...{ bind: "0.0.0.0", tlsVersionMin: "1.3", plainPort: 80 },
      tls: { kind: "files", certificatePath: "fog.pem", keyPath: "fog.key" },
    });
  });

  it("name an authority by its URL or a short name", () => {
    expect(parsed("--public-url", "https://fog.example.org", "--acme", "letsencrypt", "--acme-email", "ops@example.org")).toEqual({
      publicUrl: "https://fog.example.org",
      tls: { kind: "acme", directoryUrl: "https://acme-v02.api.letsencrypt.org/directory", email: "ops@example.org" },
    });
    expect(parsed("--acme", "https://ca.example.org/acme/directory", "--acme-ca", "ca.pem").tls).toEqual({
      ...{ kind: "acme", directoryUrl: "https://ca.example.org/acme/directory", caPath: "ca.pem" },
    });
  });

  it("trust a proxy on this machine unless its addresses are given", () => {
    expect(parsed("--behind-proxy").trustedProxies).toBe("127.0.0.1/32,::1/128");
    expect(parsed("--behind-proxy", "10.0.0.0/8").trustedProxies).toBe("10.0.0.0/8");
  });

  it("are FL4015 where they exclude each other, half of them is missing, or a directory is none", () => {
    const files = ["--tls-certificate", "a", "--tls-key", "b"];
    for (const [args, message] of [
      [["--tls-key", "b"], "one is given and the other is not"],
      [[...files, "--acme", "letsencrypt"], "are both given"],
      [["--acme-email", "ops@example.org"], "need --acme"],
      [["--acme", "letsencript"], '"letsencript" is no ACME directory'],
      [["--acme", "http://ca.example.org/"], '"http://ca.example.org/" is no ACME directory'],
    ] as const) {
      expect(() => parsed(...args)).toThrow(message);
    }
    expect(() => parsed("--http-port", "99999")).toThrow("a port from 0 to 65535 is needed");
  });
});
