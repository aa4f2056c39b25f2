import type { Window } from "@fogline/fleet";
import type { HostContext } from "./context.ts";
import { copied, type HostFile, sectionsOf } from "./file.ts";

const NAME = "fogline-k3s-certificates";
/** A start takes a minute or two: none begins in the last part of a window. */
const LAST_MINUTES = 30;
const MINUTES_A_DAY = 24 * 60;

const clock = (minute: number): string => [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");

const minutesOf = ({ fromMinute, toMinute }: Window): number => (toMinute > fromMinute ? toMinute : toMinute + MINUTES_A_DAY) - fromMinute;

/** When a timer looks: once on each day of the window, at a moment by chance within it, so that the nodes of a site do not start again together. */
const times = (window: Window | undefined): readonly (readonly [string, string])[] => {
  if (window === undefined)
    return [
      ["OnCalendar", "daily"],
      ["RandomizedDelaySec", "20h"],
    ];
  const spread = Math.max(0, minutesOf(window) - LAST_MINUTES);
  return [
    ["OnCalendar", `${window.days.join(",")} ${clock(window.fromMinute)} ${window.timeZone}`],
    ["RandomizedDelaySec", `${spread}min`],
  ];
};

/**
 * What renews certificates of a node: K3s does so at its start alone, for those that end within 120 days, so a node that runs for a year without one is
 * lost. The machine does it by itself, because it may be offline for longer than that.
 */
export const certificateUnits = ({ fleet, device, node }: HostContext): readonly HostFile[] => {
  if (node === undefined) return [];
  const window = fleet.rings.find(({ name }) => name === device.ring)?.window;
  const timer = sectionsOf({
    Unit: [["Description", "Look whether certificates of K3s end soon"]],
    Timer: [...times(window), ["AccuracySec", "1min"]],
    Install: [["WantedBy", "timers.target"]],
  });
  const service = sectionsOf({
    Unit: [["Description", "Renew certificates of K3s that end soon"]],
    Service: [
      ["Type", "oneshot"],
      ["ExecStart", "/usr/bin/python3 /usr/local/lib/fogline/k3s-certificates --renew"],
    ],
  });
  return [
    {
      path: `k3s/${NAME}.timer`,
      from: "certificates.ts certificateUnits",
      notes: window === undefined ? ["The ring has no window, so any time will do."] : ["Inside of the ring's window: a start of K3s is a change."],
      body: timer,
      install: copied(`/etc/systemd/system/${NAME}.timer`, "reload-systemd"),
    },
    {
      path: `k3s/${NAME}.service`,
      from: "certificates.ts certificateUnits",
      body: service,
      install: copied(`/etc/systemd/system/${NAME}.service`, "reload-systemd"),
    },
  ];
};
