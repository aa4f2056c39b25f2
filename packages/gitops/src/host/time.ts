import type { HostContext } from "./context.ts";
import { copied, type HostFile, sectionsOf } from "./file.ts";

/** The servers that the clock follows, where the fleet names them. */
export const timeFiles = ({ device: { host } }: HostContext): readonly HostFile[] =>
  host.timeServers.length === 0
    ? []
    : [
        {
          path: "time/timesyncd.conf",
          from: "time.ts timeFiles",
          body: sectionsOf({ Time: [["NTP", host.timeServers.join(" ")]] }),
          install: copied("/etc/systemd/timesyncd.conf.d/fogline.conf", "restart-timesyncd"),
          packages: ["systemd-timesyncd"],
        },
      ];
