import type { Finding } from "@fogline/findings";
import { composeFile, containerUser, insideContainer } from "./compose.ts";
import { environmentFile, gitSettings } from "./environment-file.ts";
import { type HubService, pathsOf } from "./service.ts";
import { hubUnit, pullTimer, pullUnit } from "./units.ts";

/** One step of an installation. */
export type Step =
  | { readonly kind: "createUser"; readonly user: string; readonly home: string }
  | { readonly kind: "makeFolder"; readonly path: string; readonly mode: number; readonly owner: string }
  | { readonly kind: "clone"; readonly url: string; readonly path: string; readonly owner: string }
  | { readonly kind: "writeFile"; readonly path: string; readonly mode: number; readonly text: string; readonly replaces: boolean }
  | { readonly kind: "removeFile"; readonly path: string }
  | { readonly kind: "removeFolder"; readonly path: string }
  | { readonly kind: "removeUser"; readonly user: string }
  | { readonly kind: "run"; readonly command: readonly [program: string, ...args: string[]]; readonly mayFail?: true };

/** What of this machine counts. */
export interface Machine {
  readonly isRoot: boolean;
  readonly hasSystemd: boolean;
  readonly hasCompose: boolean;
  readonly users: ReadonlySet<string>;
  /** Whether something is at a path, and the text of the files that are there already. */
  exists(path: string): boolean;
  textOf(path: string): string | undefined;
}

const refusal = (message: string, remedy: string): Finding => ({ code: "FL4064", severity: "error", message, remedy });

/** Everything that stands in the way of installing a hub here, whoever asks. */
export const obstacles = (service: HubService, machine: Pick<Machine, "exists">): Finding[] => {
  const { exposure, repository, method, program } = service;
  const found: Finding[] = [];
  const behindProxy = exposure.behindProxy !== undefined;
  const hasTls = exposure.acme !== undefined || exposure.tlsCertificate !== undefined;
  if (repository.kind === "folder" && !machine.exists(`${repository.path}/clusters/fleet.yaml`)) {
    found.push(
      refusal(
        `${repository.path} has no clusters/fleet.yaml, so there is nothing to run`,
        "name the repository that holds the fleet, by its folder or URL",
      ),
    );
  }
  if (method === "compose" && !hasTls && !behindProxy) {
    found.push(
      refusal(
        "in a container people come by a network, and there is neither a certificate nor a proxy",
        "give --acme, --tls-certificate or --behind-proxy",
      ),
    );
  }
  for (const path of [exposure.tlsCertificate, exposure.tlsKey, exposure.acmeCa]) {
    if (path !== undefined && !machine.exists(path)) found.push(refusal(`there is no ${path}`, "give the path of a PEM file on this machine"));
  }
  if (method !== "systemd") return found;
  for (const path of [...program, ...(repository.kind === "folder" ? [repository.path] : [])]) {
    if (/^\/(home|root|run\/user)\//.test(path)) {
      found.push(
        refusal(
          `${path} lies in a home folder, which the service does not see`,
          "put it elsewhere: npm install --global fogline, and the repository below /srv",
        ),
      );
    }
  }
  return found;
};

/** Why the plan cannot be carried out on this machine, now. */
export const hindrances = ({ method }: HubService, machine: Machine): Finding[] => [
  ...(machine.isRoot
    ? []
    : [refusal("installing writes to /etc and makes a user, and this user may not", "run it with sudo; `--dry-run` needs no rights")]),
  ...(method === "systemd" && !machine.hasSystemd
    ? [refusal("no systemd runs here", "run `fogline hub install --compose`, or `fogline up` under whatever starts services on this machine")]
    : []),
  ...(method === "compose" && !machine.hasCompose
    ? [refusal("there is no `docker compose` here", "install Docker with its compose plugin, or install without --compose where systemd runs")]
    : []),
];

/** A file of the installation, when it is not there as it shall be. */
const file = (machine: Machine, path: string, mode: number, text: string): Step[] => {
  const known = machine.textOf(path);
  return known === text ? [] : [{ kind: "writeFile", path, mode, text, replaces: known !== undefined }];
};

/** The steps that make the machine have the hub as a service; none for what is as it shall be. Starting it is always the last. */
export const planInstall = (service: HubService, machine: Machine): Step[] => {
  const { user, home, repository, method } = service;
  const paths = pathsOf(service);
  const owner = method === "compose" ? String(containerUser) : user;
  return [
    ...(method === "compose" || machine.users.has(user) ? [] : [{ kind: "createUser", user, home } as const]),
    ...(machine.exists(home) ? [] : [{ kind: "makeFolder", path: home, mode: 0o700, owner } as const]),
    ...file(machine, paths.gitSettings, 0o644, gitSettings(service)),
    ...(repository.kind === "url" && !machine.exists(paths.repository)
      ? [{ kind: "clone", url: repository.url, path: paths.repository, owner } as const]
      : []),
    ...(machine.exists("/etc/fogline") ? [] : [{ kind: "makeFolder", path: "/etc/fogline", mode: 0o755, owner: "root" } as const]),
    ...file(machine, paths.environment, 0o600, environmentFile(method === "compose" ? insideContainer(service) : service)),
    ...(method === "compose" ? composed(service, machine) : supervised(service, machine)),
  ];
};

const supervised = (service: HubService, machine: Machine): Step[] => {
  const paths = pathsOf(service);
  const pulls = service.repository.kind === "url";
  return [
    ...file(machine, paths.unit, 0o644, hubUnit(service)),
    ...(pulls ? [...file(machine, paths.pullUnit, 0o644, pullUnit(service)), ...file(machine, paths.pullTimer, 0o644, pullTimer())] : []),
    { kind: "run", command: ["systemctl", "daemon-reload"] },
    ...(pulls ? [{ kind: "run", command: ["systemctl", "enable", "--now", "fogline-repository.timer"] } as const] : []),
    { kind: "run", command: ["systemctl", "enable", "fogline.service"] },
    // Started where it does not run; where it does, what was changed begins to count.
    { kind: "run", command: ["systemctl", "restart", "fogline.service"] },
  ];
};

const composed = (service: HubService, machine: Machine): Step[] => {
  const { compose } = pathsOf(service);
  return [
    ...file(machine, compose, 0o644, composeFile(service)),
    { kind: "run", command: ["docker", "compose", "--file", compose, "up", "--detach"] },
  ];
};

/** The steps that take the service away again. Data and repository stay unless `purge`. */
export const planUninstall = ({ user, home }: Pick<HubService, "user" | "home">, purge: boolean, machine: Machine): Step[] => {
  const paths = pathsOf({ home, repository: { kind: "url", url: "" } });
  const units = [paths.unit, paths.pullTimer, paths.pullUnit].filter(machine.exists);
  const hasCompose = machine.exists(paths.compose);
  return [
    ...units.map((path): Step => ({ kind: "run", command: ["systemctl", "disable", "--now", path.slice(path.lastIndexOf("/") + 1)], mayFail: true })),
    ...(hasCompose ? [{ kind: "run", command: ["docker", "compose", "--file", paths.compose, "down"] } as const] : []),
    ...[...units, ...[paths.compose].filter(() => hasCompose)].map((path): Step => ({ kind: "removeFile", path })),
    ...(units.length > 0 ? [{ kind: "run", command: ["systemctl", "daemon-reload"] } as const] : []),
    ...(purge && machine.exists("/etc/fogline") ? [{ kind: "removeFolder", path: "/etc/fogline" } as const] : []),
    ...(purge && machine.exists(home) ? [{ kind: "removeFolder", path: home } as const] : []),
    ...(purge && machine.users.has(user) ? [{ kind: "removeUser", user } as const] : []),
  ];
};
