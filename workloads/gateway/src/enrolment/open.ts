import type { Clock, Database, Random } from "@fogline/ports";
import type { Client, Handler, RpcLog } from "@fogline/rpc";
import type { GatewayConfig } from "../config.ts";
import { remoteHandlers } from "../remote/handlers.ts";
import type { GatewaySchema } from "../schema.ts";
import type { GatewaySecrets } from "../secrets.ts";
import { builtInAuthority, type CertificateAuthority, type GivenAuthority, givenAuthority } from "./authority.ts";
import { Certificates } from "./certificates.ts";
import { Enrolments } from "./enrolments.ts";
import { enrolmentHandlers, revokeRemoved } from "./handlers.ts";
import { LivePeers } from "./live.ts";
import { Rotations } from "./rotations.ts";
import { agentUrlOf } from "./token.ts";

interface OpenEnrolmentParts {
  readonly database: Database<GatewaySchema>;
  readonly secrets: GatewaySecrets;
  readonly authority?: GivenAuthority | undefined;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: RpcLog;
  /** Known for certain once it is listened on. */
  readonly agentPort: () => number;
}

/** Everything about the identities of devices, apart from the port that they come in at. */
export interface Enrolment {
  readonly authority: CertificateAuthority;
  readonly certificates: Certificates;
  readonly enrolments: Enrolments;
  readonly live: LivePeers;
  readonly rotations: Rotations;
  readonly handlers: readonly Handler[];
  /** A node was removed from the registry. */
  removed(node: string, removedAtMs: number): Promise<void>;
}

export const openEnrolment = async (config: GatewayConfig, parts: OpenEnrolmentParts): Promise<Enrolment> => {
  const { database, secrets, client, clock, random, log } = parts;
  const authority =
    parts.authority === undefined
      ? await builtInAuthority(database, secrets, { clock, random, trustDomain: config.trustDomain })
      : givenAuthority(parts.authority, clock, random);
  const certificates = new Certificates({ database, clock, renewalGraceMs: config.renewalGraceMs });
  await certificates.prune();
  const enrolments = new Enrolments({ database, clock, random, certificates });
  const agentUrl = () => agentUrlOf(config, parts.agentPort());
  const rotations = new Rotations({ database, certificates, client, clock, log });
  const enrolmentParts = { client, clock, authority, certificates, enrolments, agentUrl };
  return {
    rotations,
    authority,
    certificates,
    enrolments,
    live: new LivePeers({ certificates, clock, log }),
    handlers: [...enrolmentHandlers(enrolmentParts), ...remoteHandlers({ ...enrolmentParts, rotations })],
    removed: (node, removedAtMs) => revokeRemoved({ client, certificates }, node, removedAtMs),
  };
};
