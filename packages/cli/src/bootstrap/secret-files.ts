import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegistryLogins } from "../cluster-login.ts";
import type { AgentParts } from "./agent-parts.ts";

/** What the roles are told of one device beside what is in git. Secrets among it are the reason why it is a file that nobody else may read. */
export interface DeviceVariables {
  /** The one-time token of the hub. */
  readonly fogline_enrolment_token?: string;
  /** What the role `agent` copies; no secret. */
  readonly fogline_agent_parts?: AgentParts;
  /** A file with what is laid into the cluster before Flux. */
  readonly fogline_handover?: string;
  /** How a node signs in at registries. */
  readonly fogline_registry_logins?: RegistryLogins;
  /** A folder with the files of K3s releases; no secret. */
  readonly fogline_k3s_folder?: string;
  /** The empty disk that becomes the data disk; no secret. */
  readonly fogline_data_disk?: string;
  /** Whether a K3s that somebody else installed is taken over; no secret. */
  readonly fogline_k3s_adopt?: boolean;
}

/** A folder of secrets that nobody else may read. */
export interface SecretFolder {
  readonly path: string;
  /** Where SSH keeps its sockets. A short path: a socket's has 107 characters at most, 104 on macOS, of which the temporary folder there takes half. */
  readonly socketFolder: string;
  /** Writes the variables of a device; answers the file. */
  write(device: string, variables: object): string;
  remove(device: string): void;
  removeAll(): void;
}

/** Makes it in the memory of the login session where there is such a place, so that no disk ever holds a secret; else among temporary files. */
export const makeSecretFolder = (environment: Readonly<Record<string, string | undefined>>): SecretFolder => {
  const path = mkdtempSync(join(environment.XDG_RUNTIME_DIR ?? tmpdir(), "fogline-"));
  const fileOf = (device: string): string => join(path, `${device}.json`);
  return {
    path,
    socketFolder: join(path, "ssh"),
    write: (device, variables) => {
      writeFileSync(fileOf(device), JSON.stringify(variables), { mode: 0o600 });
      return fileOf(device);
    },
    remove: (device) => rmSync(fileOf(device), { force: true }),
    removeAll: () => rmSync(path, { recursive: true, force: true }),
  };
};
