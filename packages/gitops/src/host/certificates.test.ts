import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { filesOf, lines } from "../testing/hosts.ts";

const timerWith = (window: string): string[] => {
  const text = `fleet: demo
rings: { first: { k3s: v1.36.3+k3s1${window === "" ? "" : `, window: ${window}`} } }
sites: { home: { region: eu-central } }
clusters: { main: { site: home, tier: access-edge, ring: first } }
devices: { pi-1: { cluster: main, hardware: pi-5-8, role: server, address: 10.7.1.1 } }
`;
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return lines(filesOf(fleet, "pi-1")["k3s/fogline-k3s-certificates.timer"]);
};
const calendarOf = (timer: readonly string[]): string => timer.find((line) => line.startsWith("OnCalendar="))?.slice("OnCalendar=".length) ?? "";

describe("the timer that renews certificates of K3s", () => {
  it("runs on the days of the ring's window, at a moment within it that leaves time for a start", () => {
    const timer = timerWith("Mon-Thu 08:00-16:00 Europe/Berlin");
    expect(calendarOf(timer)).toBe("Mon,Tue,Wed,Thu 08:00 Europe/Berlin");
    expect(timer).toContain("RandomizedDelaySec=450min");
  });

  it("ends with a window that goes past midnight", () => {
    const timer = timerWith("Sat 22:15-01:00 Europe/Berlin");
    expect(calendarOf(timer)).toBe("Sat 22:15 Europe/Berlin");
    expect(timer).toContain("RandomizedDelaySec=135min");
  });

  it("is not spread where the window is shorter than a start may take", () => {
    expect(timerWith("Sun 03:00-03:20 UTC")).toContain("RandomizedDelaySec=0min");
  });

  it("runs on any day where the ring has no window", () => {
    expect(calendarOf(timerWith(""))).toBe("daily");
  });

  it.runIf(existsSync("/usr/bin/systemd-analyze"))("says times that systemd understands", () => {
    for (const window of ["Mon-Thu 08:00-16:00 Europe/Berlin", "Sat 22:15-01:00 UTC"])
      expect(execFileSync("/usr/bin/systemd-analyze", ["calendar", calendarOf(timerWith(window))], { encoding: "utf8" })).toContain(
        "Normalized form",
      );
  });
});
