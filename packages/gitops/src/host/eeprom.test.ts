import { describe, expect, it } from "vitest";
import { eepromSettings } from "./eeprom.ts";

describe("the settings of a Pi's EEPROM", () => {
  it("name media from the last digit on, and begin anew with the first", () => {
    expect(eepromSettings({ boot: ["sd", "usb"] })).toEqual({ BOOT_ORDER: "0xf41" });
    expect(eepromSettings({ boot: ["nvme", "usb", "network", "sd"] })).toEqual({ BOOT_ORDER: "0xf1246" });
  });

  it("are those that are stated, and no others", () => {
    expect(eepromSettings({})).toEqual({});
    expect(eepromSettings({ powerOffOnHalt: false })).toEqual({ POWER_OFF_ON_HALT: "0" });
    expect(eepromSettings({ powerOffOnHalt: true, supplyMilliamperes: 5000 })).toEqual({ POWER_OFF_ON_HALT: "1", PSU_MAX_CURRENT: "5000" });
  });
});
