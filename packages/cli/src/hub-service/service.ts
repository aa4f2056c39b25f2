import type { ExposureOptions } from "../exposure.ts";

/** The hub as it shall run on a server. All paths are absolute. */
export interface HubService {
  readonly method: "systemd" | "compose";
  readonly repository: RepositorySource;
  /** The unprivileged user that it runs as. */
  readonly user: string;
  /** Home of that user: data, backups, and a repository that was cloned. */
  readonly home: string;
  readonly exposure: ExposureOptions;
  readonly port: number;
  readonly agentPort: number;
  readonly orchestratorPort: number;
  /** All it may use, tasks of its own agent not counted: it runs none. */
  readonly memoryMaxBytes: number;
  /** The Node and the script that are the `fogline` command here. */
  readonly program: readonly [node: string, script: string];
  /** Of the composed hub. */
  readonly image: string;
}

/** A folder that is there, or something that git can clone. */
export type RepositorySource = { readonly kind: "folder"; readonly path: string } | { readonly kind: "url"; readonly url: string };

/** Where the parts of an installed hub are. */
export const pathsOf = ({ home, repository }: Pick<HubService, "home" | "repository">) => ({
  data: `${home}/data`,
  repository: repository.kind === "folder" ? repository.path : `${home}/repository`,
  gitSettings: `${home}/.gitconfig`,
  environment: "/etc/fogline/hub.env",
  compose: "/etc/fogline/compose.yaml",
  unit: "/etc/systemd/system/fogline.service",
  pullUnit: "/etc/systemd/system/fogline-repository.service",
  pullTimer: "/etc/systemd/system/fogline-repository.timer",
});

/** What an argument is: everything that names a host or a scheme is a URL, the rest a folder. */
export const repositorySourceOf = (named: string, absolute: (path: string) => string): RepositorySource =>
  /^[a-z][a-z0-9+.-]*:\/\/|^[^/\s]+@[^/\s]+:/i.test(named) ? { kind: "url", url: named } : { kind: "folder", path: absolute(named) };

const privilegedBelow = 1_024;

/** Whether it listens on a port that only root, or who has the capability, may open. */
export const needsLowPorts = ({ port, agentPort, exposure }: Pick<HubService, "port" | "agentPort" | "exposure">): boolean =>
  [port, agentPort, plainPortOf(exposure)].some((one) => one !== undefined && one > 0 && one < privilegedBelow);

/** The port of plain HTTP beside TLS, when there is one. */
export const plainPortOf = ({ acme, httpPort }: ExposureOptions): number | undefined => httpPort ?? (acme === undefined ? undefined : 80);
