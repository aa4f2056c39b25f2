import { type HubService, needsLowPorts, pathsOf } from "./service.ts";

/** Sockets of 10,000 agents and as many people, and what the databases and logs need. */
export const openFilesMax = 65_536;
const tasksMax = 512;

type Section = readonly (readonly [name: string, value: string])[];

const unitText = (sections: Readonly<Record<string, Section>>): string =>
  `${["# Written by `fogline hub install`.", ...Object.entries(sections).map(([name, lines]) => [`[${name}]`, ...lines.map(([key, value]) => `${key}=${value}`)].join("\n"))].join("\n\n")}\n`;

/** A word of ExecStart: systemd splits at spaces, and `%` and `$` mean something to it (systemd.service(5), COMMAND LINES). */
const word = (text: string): string => {
  const escaped = text.replaceAll("%", "%%").replaceAll("$", "$$$$").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return /^[A-Za-z0-9_@+=:,./%$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
};

/** What neither the hub nor its pull of the repository needs, and so does not get. JIT needs memory that is written and run. */
const hardening: Section = [
  ["NoNewPrivileges", "yes"],
  ["ProtectSystem", "strict"],
  ["ProtectHome", "yes"],
  ["PrivateTmp", "yes"],
  ["PrivateDevices", "yes"],
  ["ProtectClock", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelTunables", "yes"],
  ["ProtectProc", "invisible"],
  ["LockPersonality", "yes"],
  ["RemoveIPC", "yes"],
  ["RestrictNamespaces", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["SystemCallArchitectures", "native"],
  ["SystemCallFilter", "@system-service"],
  ["SystemCallErrorNumber", "EPERM"],
  ["UMask", "0077"],
];

const capabilities = (service: HubService): Section =>
  needsLowPorts(service)
    ? [
        ["CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"],
        ["AmbientCapabilities", "CAP_NET_BIND_SERVICE"],
      ]
    : [["CapabilityBoundingSet", ""]];

/** Where it may write: its home, which systemd makes where it lies below /var/lib. */
const state = ({ home }: HubService): Section =>
  home.startsWith("/var/lib/")
    ? [
        ["StateDirectory", home.slice("/var/lib/".length)],
        ["StateDirectoryMode", "0700"],
      ]
    : [["ReadWritePaths", word(home)]];

/** `fogline.service`. */
export const hubUnit = (service: HubService): string => {
  const { data, repository, environment } = pathsOf(service);
  const [node, script] = service.program;
  const up = ["up", "--no-simulate", "--no-agent", "--log", "--repo", repository, "--data", data];
  return unitText({
    Unit: [
      ["Description", "Fogline hub"],
      ["Wants", "network-online.target"],
      ["After", "network-online.target"],
      ["StartLimitIntervalSec", "300"],
      ["StartLimitBurst", "10"],
    ],
    Service: [
      ["Type", "exec"],
      ["User", service.user],
      ["Group", service.user],
      ["EnvironmentFile", environment],
      ["ExecStart", [node, "--max-semi-space-size=16", script, ...up].map(word).join(" ")],
      ["WorkingDirectory", word(service.home)],
      ["Restart", "on-failure"],
      ["RestartSec", "5s"],
      ["KillMode", "mixed"],
      ["TimeoutStopSec", "45s"],
      ["LimitNOFILE", String(openFilesMax)],
      ["TasksMax", String(tasksMax)],
      ["MemoryMax", String(service.memoryMaxBytes)],
      ...state(service),
      ...capabilities(service),
      ...hardening,
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
};

/** `fogline-repository.service`: brings a cloned repository to what its remote has, never past a commit that is not there. */
export const pullUnit = (service: HubService): string => {
  const { repository, environment } = pathsOf(service);
  return unitText({
    Unit: [
      ["Description", "Newest commits of the fleet that the Fogline hub runs"],
      ["Wants", "network-online.target"],
      ["After", "network-online.target"],
    ],
    Service: [
      ["Type", "oneshot"],
      ["User", service.user],
      ["Group", service.user],
      ["EnvironmentFile", environment],
      ["ExecStart", ["/usr/bin/git", "-C", repository, "pull", "--ff-only", "--quiet"].map(word).join(" ")],
      ["TimeoutStartSec", "120s"],
      ...state(service),
      ["CapabilityBoundingSet", ""],
      ...hardening,
    ],
  });
};

/** `fogline-repository.timer`. */
export const pullTimer = (): string =>
  unitText({
    Unit: [["Description", "Looks for new commits of the fleet every minute"]],
    Timer: [
      ["OnBootSec", "30s"],
      ["OnUnitActiveSec", "60s"],
      ["RandomizedDelaySec", "10s"],
    ],
    Install: [["WantedBy", "timers.target"]],
  });
