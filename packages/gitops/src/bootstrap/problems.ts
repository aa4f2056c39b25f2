import type { Finding } from "@fogline/findings";
import { formatDurationMs } from "@fogline/units";
import type { HostContext } from "../host/context.ts";
import type { Observed, Owner, Seen } from "./observed.ts";

/** A board without a battery for its clock shows some day of the past; a clock that drifted shows minutes. Certificates are valid for weeks. */
const CLOCK_OFFSET_MS_MAX = 86_400_000;
/** What the modules of the roles are written for. */
const PYTHON_LEAST = [3, 8] as const;

const problem = (code: string, message: string, remedy?: string): Finding => ({
  ...{ code, severity: "error", message },
  ...(remedy === undefined ? {} : { remedy }),
});

/** What speaks against setting up a machine as this device; nothing where it was not looked at. */
export const problemsOf = (context: HostContext, observed: Observed | undefined): readonly Finding[] => {
  if (observed === undefined) return [];
  if (observed.kind === "unseen") return [observed.finding];
  return [
    ...toolProblems(context, observed),
    ...clockProblems(context, observed),
    ...ownerProblems(context, observed),
    ...tokenProblems(context, observed),
  ];
};

const toolProblems = ({ device: { id, host } }: HostContext, { python, canBecomeRoot }: Seen): Finding[] => {
  const [major = 0, minor = 0] = (python ?? "0").split(".").map(Number);
  const old = major < PYTHON_LEAST[0] || (major === PYTHON_LEAST[0] && minor < PYTHON_LEAST[1]);
  return [
    ...(old
      ? [
          problem(
            "FL4104",
            `${id} has ${python === undefined ? "no python3" : `python ${python}`}, and ${PYTHON_LEAST.join(".")} or newer is needed`,
            "Install it there: `sudo apt-get install python3`.",
          ),
        ]
      : []),
    ...(canBecomeRoot
      ? []
      : [
          problem(
            "FL4104",
            `${host.ssh.user} cannot become root on ${id} without a password`,
            `Write \`${host.ssh.user} ALL=(ALL) NOPASSWD:ALL\` into /etc/sudoers.d/fogline there.`,
          ),
        ]),
  ];
};

const clockProblems = ({ device: { id } }: HostContext, { clockOffsetMs }: Seen): Finding[] =>
  Math.abs(clockOffsetMs) <= CLOCK_OFFSET_MS_MAX
    ? []
    : [
        problem(
          "FL4105",
          `the clock of ${id} is ${formatDurationMs(Math.round(Math.abs(clockOffsetMs) / 86_400_000) * 86_400_000)} ${clockOffsetMs < 0 ? "behind" : "ahead"}`,
        ),
      ];

const ownerProblems = ({ device, fleet, node }: HostContext, { owner }: Seen): Finding[] => {
  if (owner === "none") return [];
  if (owner === "broken") return [problem("FL4107", `/etc/fogline/identity.yaml on ${device.id} says nothing that can be read`)];
  const cluster = node?.cluster.name;
  if (owner.fleet === fleet.name && owner.device === device.id && owner.cluster === cluster) return [];
  return [
    problem(
      "FL4106",
      `the machine that answers as ${device.id} is ${describe(owner, fleet.name)}, and not ${describe({ fleet: fleet.name, device: device.id, ...(cluster === undefined ? {} : { cluster }) }, fleet.name)}`,
    ),
  ];
};

const describe = ({ fleet, device, cluster }: Owner, ours: string): string =>
  `${device} of ${cluster === undefined ? "no cluster" : `cluster ${cluster}`}${fleet === ours ? "" : ` in fleet ${fleet}`}`;

/** A token that is broken is no problem where the machine has its identity: it is not read any more. */
const tokenProblems = ({ device: { id } }: HostContext, { token, hasIdentity }: Seen): Finding[] =>
  token !== "broken" || hasIdentity
    ? []
    : [
        problem(
          "FL4107",
          `/etc/fogline/enrolment.token on ${id} is not a whole token`,
          `Remove it: \`sudo rm /etc/fogline/enrolment.token\`. A new one is made then.`,
        ),
      ];
