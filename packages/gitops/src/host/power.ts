import type { HardwareProfile } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import type { HostContext } from "./context.ts";
import { copied, type HostFile, sectionsOf } from "./file.ts";

/** Where the states of the clocks are kept until the unit stops. */
const CLOCKS_FILE = "/run/fogline-clocks";

/** The power mode, the clocks and the governor. */
export const powerFiles = (context: HostContext): readonly HostFile[] => [...powerMode(context), ...jetsonClocks(context), ...cpuGovernor(context)];

/** What the mode is chosen by. MAXN states no watts: it is the mode of who allows as much as the board can draw. */
export const wantedPower = (watts: number, profile: HardwareProfile): { readonly watts: number; readonly uncappedFromWatts?: number } => ({
  watts,
  ...(profile.kind === "known" ? { uncappedFromWatts: profile.wattsMax } : {}),
});

/**
 * The wanted power as data. The numbers of power modes differ from board to board and from release to release, so the mode is looked up on the
 * device: of those in its own `/etc/nvpmodel.conf`, the one that states these watts. Without one, MAXN where the watts are all that the board can
 * draw, else the one with the most watts below.
 */
const powerMode = ({ device: { powerWatts, profile } }: HostContext): readonly HostFile[] =>
  powerWatts === undefined
    ? []
    : [
        {
          path: "power/power-mode.yaml",
          from: "power.ts powerMode",
          notes: ["The mode's number is looked up on the device: it differs from board to board. Some changes ask for a reboot."],
          body: yamlText({
            ...wantedPower(powerWatts, profile),
            modesFrom: "/etc/nvpmodel.conf",
            choose: "the mode that states these watts; else MAXN from uncappedFromWatts on; else the highest below",
          }),
          install: { to: "/etc/fogline/power-mode.yaml", how: "data", mode: "0644", after: "set-power-mode" },
        },
      ];

/** `jetson_clocks` pins the clocks to the maximum of the active mode, and a reboot forgets it. */
const jetsonClocks = ({ device: { host } }: HostContext): readonly HostFile[] =>
  host.clocks
    ? [
        {
          path: "power/fogline-clocks.service",
          from: "power.ts jetsonClocks",
          body: sectionsOf({
            Unit: [
              ["Description", "Hold the clocks at the maximum of the power mode"],
              ["After", "nvpmodel.service"],
            ],
            Service: [
              ["Type", "oneshot"],
              ["RemainAfterExit", "yes"],
              ["ExecStartPre", `/usr/bin/jetson_clocks --store ${CLOCKS_FILE}`],
              ["ExecStart", "/usr/bin/jetson_clocks"],
              ["ExecStop", `/usr/bin/jetson_clocks --restore ${CLOCKS_FILE}`],
            ],
            Install: [["WantedBy", "multi-user.target"]],
          }),
          install: copied("/etc/systemd/system/fogline-clocks.service", "reload-systemd"),
        },
      ]
    : [];

/** Pinned clocks leave a governor nothing to choose, so it is set only without them. */
const cpuGovernor = ({ device: { host } }: HostContext): readonly HostFile[] =>
  host.governor === undefined || host.clocks
    ? []
    : [
        {
          path: "power/governor.conf",
          from: "power.ts cpuGovernor",
          body: `w /sys/devices/system/cpu/cpufreq/policy*/scaling_governor - - - - ${host.governor}\n`,
          install: copied("/etc/tmpfiles.d/fogline-governor.conf", "create-tmpfiles"),
        },
      ];
