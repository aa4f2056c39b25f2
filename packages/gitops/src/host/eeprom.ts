import type { BootMedium, HostOptions } from "@fogline/fleet";

/** A medium's digit in BOOT_ORDER: https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#BOOT_ORDER */
const digitOf: { readonly [Medium in BootMedium]: number } = { sd: 1, network: 2, usb: 4, nvme: 6 };
/** Begins from the first medium again. */
const RESTART = "f";

/** The settings of a Raspberry Pi's EEPROM by their names there; empty where nothing is stated. BOOT_ORDER is read from its last digit on. */
export const eepromSettings = ({ boot, powerOffOnHalt, supplyMilliamperes }: HostOptions["eeprom"]): Readonly<Record<string, string>> => ({
  ...(boot === undefined
    ? {}
    : {
        BOOT_ORDER: `0x${RESTART}${boot
          .toReversed()
          .map((medium) => digitOf[medium])
          .join("")}`,
      }),
  ...(powerOffOnHalt === undefined ? {} : { POWER_OFF_ON_HALT: powerOffOnHalt ? "1" : "0" }),
  ...(supplyMilliamperes === undefined ? {} : { PSU_MAX_CURRENT: String(supplyMilliamperes) }),
});
