import type { Device, DeviceClass } from "@fogline/fleet";

/** A unit of the system that is switched off, with the reason. */
export interface DisabledUnit {
  readonly unit: string;
  readonly why: string;
}

const updates: readonly DisabledUnit[] = [
  { unit: "apt-daily.timer", why: "packages change when provisioning says so, inside the ring's window" },
  { unit: "apt-daily-upgrade.timer", why: "packages change when provisioning says so, inside the ring's window" },
  { unit: "unattended-upgrades.service", why: "it changes packages on its own" },
  { unit: "man-db.timer", why: "nobody reads manuals there, and it rewrites its index every day" },
];
const screen: readonly DisabledUnit[] = [
  { unit: "gdm3.service", why: "there is no screen, and a desktop takes up to a gigabyte of memory" },
  { unit: "cups.service", why: "there is no printer" },
];

/** What is switched off by kind of machine. Total: a new class does not compile until it has a row. Units that a machine lacks are skipped there. */
const byClass: { readonly [Class in DeviceClass]: readonly DisabledUnit[] } = {
  jetson: [
    ...updates,
    ...screen,
    { unit: "nvzramconfig.service", why: "it would make a second compressed swap" },
    { unit: "whoopsie.service", why: "it uploads crash reports over the site's line" },
  ],
  "raspberry-pi": [
    ...updates,
    { unit: "dphys-swapfile.service", why: "it puts a swap file on the SD card" },
    { unit: "triggerhappy.service", why: "there is no keyboard whose keys it could watch" },
    { unit: "cups.service", why: "there is no printer" },
    { unit: "snapd.service", why: "it updates by itself and keeps old versions on the SD card" },
  ],
  iot: [...updates, { unit: "dphys-swapfile.service", why: "it puts a swap file on the SD card" }],
  server: updates,
  desktop: updates,
  laptop: updates,
  smartphone: [],
  tablet: [],
};

/** The units that are switched off on a device; none on a machine that belongs to a person or has yet to report what it is. */
export const disabledUnits = ({ profile, host }: Device): readonly DisabledUnit[] => {
  if (!host.ours || profile.kind === "detected") return [];
  // A journal in memory is all that is kept: a second copy in files would be written to the medium after all.
  const syslog = { unit: "rsyslog.service", why: "it would write the journal to the medium that the journal spares" };
  return [...byClass[profile.deviceClass], ...(host.journal?.storage === "volatile" ? [syslog] : [])];
};
