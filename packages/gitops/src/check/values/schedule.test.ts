import { describe, expect, it } from "vitest";
import { schedule } from "./schedule.ts";

describe("a line of cron", () => {
  it.each(["* * * * *", "*/5 0-6,22,23 1 jan-mar SUN", "0 3 ? * mon-fri", "1-59/2 * * * *", " 0  3 * * * ", "@daily", "@every 1h30m"])(
    "%s is one",
    (line) => {
      expect(schedule(line)).toBeUndefined();
    },
  );

  it.each([
    ["", "a schedule has five fields, and this has 0"],
    ["0 3 * *", "a schedule has five fields, and this has 4"],
    ["60 * * * *", "its minute is not one"],
    ["* 24 * * *", "its hour is not one"],
    ["* * 0 * *", "its day of the month is not one"],
    ["* * * foo *", "its month is not one"],
    ["* * * * 7", "its day of the week is not one"],
    ["5-1 * * * *", "its minute is not one"],
    ["*/0 * * * *", "its minute is not one"],
    ["*-5 * * * *", "its minute is not one"],
    [", * * * *", "its minute is not one"],
    ["@reboot", "a schedule has five fields, and this has 1"],
    ["CRON_TZ=UTC 0 3 * * *", "the time zone stands in spec.timeZone"],
  ])("%s is none: %s", (line, why) => {
    expect(schedule(line)).toBe(why);
  });
});
