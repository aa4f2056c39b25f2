import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { consentOf, consentRefusal, removeConsent, writeConsent } from "./consent.ts";

const nowMs = 1_800_000_000_000;
const hour = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "fogline-consent-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("whether people may have a shell", () => {
  it("needs nobody's word on a board, and somebody's on a laptop", () => {
    expect(consentRefusal("by-class", "raspberry-pi", undefined, nowMs)).toBeUndefined();
    expect(consentRefusal("by-class", "jetson", undefined, nowMs)).toBeUndefined();
    expect(consentRefusal("by-class", "server", undefined, nowMs)).toBeUndefined();
    for (const somebodys of ["laptop", "desktop", "smartphone", "tablet"] as const) {
      expect(consentRefusal("by-class", somebodys, undefined, nowMs)).toBe(`it is a ${somebodys}, and nobody there has allowed it`);
      expect(consentRefusal("by-class", somebodys, nowMs + hour, nowMs)).toBeUndefined();
    }
  });

  it("is as the device's settings say, where they say it", () => {
    expect(consentRefusal("always", "laptop", undefined, nowMs)).toBeUndefined();
    expect(consentRefusal("ask", "jetson", undefined, nowMs)).toBe("it is a jetson, and nobody there has allowed it");
    expect(consentRefusal("never", "jetson", nowMs + hour, nowMs)).toContain("FOGLINE_AGENT_REMOTE_SHELL=never");
  });

  it("ends with the time that was given, and a clock that was set back does not make that longer than a day", () => {
    expect(consentRefusal("ask", "laptop", nowMs, nowMs)).toBe("the consent that was given there has ended");
    expect(consentRefusal("ask", "laptop", nowMs + 24 * hour, nowMs)).toBeUndefined();
    expect(consentRefusal("ask", "laptop", nowMs + 24 * hour + 1, nowMs)).toContain("longer than a day");
  });

  it("is looked up anew each time, and can be taken back", () => {
    const refusal = consentOf({ setting: "ask", deviceClass: "laptop", dataFolder: folder, now: () => nowMs });
    expect(refusal()).toContain("nobody there has allowed it");
    writeConsent(folder, nowMs + hour);
    expect(refusal()).toBeUndefined();
    removeConsent(folder);
    expect(refusal()).toContain("nobody there has allowed it");
  });
});
