import { describe, expect, it } from "vitest";
import { z } from "zod";
import { shellSettings } from "./shell-settings.ts";
import { faults } from "./testing/fields.ts";
import { oneOf, orAbsent, orElse, someText, text } from "./testing/rows.ts";

const sample = {
  version: "0.2.0",
  instance: "scheduler-1",
  opsPort: 9_100,
  opsHost: "0.0.0.0",
  logLevel: "debug",
  stopDeadlineMs: 5_000,
  weight: 2,
  region: "eu",
  site: "lab",
  otlpUrl: "http://127.0.0.1:4318/v1/traces",
  natsUrl: "nats://hub:secret@nats:4222",
  natsCredentialsFile: "/run/nats/hub.creds",
  natsCaFile: "/run/nats/ca.pem",
  natsCertificateFile: "/run/nats/tls.pem",
  natsKeyFile: "/run/nats/tls.key",
};

describe("the settings that every hub workload has", () => {
  it("have bounds and defaults, and are read from text too", () => {
    const table = {
      version: orElse("0.1.0", text),
      instance: orAbsent(someText),
      opsPort: orAbsent({ takes: [0, 65_535], reads: [["80", 80]], refuses: [-1, 65_536, 1.5, "x"] }),
      opsHost: orElse("127.0.0.1", text),
      logLevel: orElse("info", oneOf("debug", "info", "warn", "error", "silent")),
      stopDeadlineMs: orElse(10_000, { takes: [0, 300_000], reads: [["80", 80]], refuses: [-1, 300_001, 1.5, "x"] }),
      weight: orAbsent({ takes: [0.01, 100], reads: [["2.5", 2.5]], refuses: [0, 0.009, 101, "x"] }),
      region: orAbsent({ takes: ["e", "x".repeat(63)], refuses: [null, "", "x".repeat(64), 1] }),
      site: orAbsent({ takes: ["l", "x".repeat(63)], refuses: [null, "", "x".repeat(64), 1] }),
      otlpUrl: orAbsent({ takes: ["https://collector.example/v1/traces"], refuses: [null, "", "collector", 1] }),
      natsUrl: orAbsent(someText),
      natsCredentialsFile: orAbsent(someText),
      natsCaFile: orAbsent(someText),
      natsCertificateFile: orAbsent(someText),
      natsKeyFile: orAbsent(someText),
    };
    expect(faults(z.object(shellSettings), sample, table)).toEqual([]);
  });
});
