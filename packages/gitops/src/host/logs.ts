import type { HostContext } from "./context.ts";
import { copied, type HostFile, sectionsOf } from "./file.ts";

/** Days that a log of the system is kept in files, and how large each may become before its time. */
const ROTATIONS = 4;
const FILE_MEBIBYTES = 10;

/** The journal and the files beside it. Logs of containers are rotated by the kubelet, whose settings bound them. */
export const logFiles = ({ device: { host } }: HostContext): readonly HostFile[] => {
  if (host.journal === undefined) return [];
  const { storage, bytesMax } = host.journal;
  const kind = storage === "volatile" ? "Runtime" : "System";
  return [
    {
      path: "logs/journald.conf",
      from: "logs.ts logFiles",
      notes: storage === "volatile" ? ["In memory: lost at a reboot, and no wear. What matters is sent to the hub."] : [],
      body: sectionsOf({
        Journal: [
          ["Storage", storage],
          [`${kind}MaxUse`, String(bytesMax)],
          [`${kind}MaxFileSize`, String(Math.floor(bytesMax / 8))],
          ["Compress", "yes"],
          ["RateLimitIntervalSec", "30s"],
          ["RateLimitBurst", "5000"],
          ["ForwardToSyslog", "no"],
        ],
      }),
      install: copied("/etc/systemd/journald.conf.d/fogline.conf", "restart-journald"),
    },
    ...(host.ours ? [rotation] : []),
  ];
};

const rotation: HostFile = {
  path: "logs/logrotate.conf",
  from: "logs.ts rotation",
  notes: ["K3s and the agent write to the journal; these are the files that the agent's tasks leave."],
  body: [
    "/var/log/fogline/*.log {",
    "  daily",
    `  rotate ${ROTATIONS}`,
    `  maxsize ${FILE_MEBIBYTES}M`,
    "  compress",
    "  missingok",
    "  notifempty",
    "  copytruncate",
    "}",
    "",
  ].join("\n"),
  install: copied("/etc/logrotate.d/fogline", "nothing"),
  packages: ["logrotate"],
};
