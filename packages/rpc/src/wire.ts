import type { Role } from "@fogline/contracts";
import type { Headers } from "@fogline/ports";

// Subjects and headers of everything that this package puts on the bus.

/** Who calls. Inside the hub the bus is trusted; HTTP is where identity is verified. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** The session that the call belongs to, where the caller is a person who signed in. */
  readonly session?: string;
}

/** `address` names one replica or one thing that a replica holds, such as a connected node. */
export const operationSubject = (name: string, address?: string): string => (address === undefined ? `op.${name}` : `op.${name}.${address}`);
export const streamSubject = (name: string): string => `stream.${name}`;
export const eventSubject = (name: string): string => `event.${name}`;

export const header = {
  correlationId: "correlation-id",
  principal: "principal",
  role: "role",
  session: "session",
  idempotencyKey: "idempotency-key",
  timeoutMs: "timeout-ms",
} as const;

const roles: Readonly<Record<Role, true>> = { admin: true, user: true, node: true, service: true, anyone: true };

const isRole = (text: string | undefined): text is Role => text !== undefined && Object.hasOwn(roles, text);

/** The caller that the headers name; somebody without a role when they name none. */
export const principalOf = (headers: Headers): Principal => {
  const role = headers[header.role];
  const session = headers[header.session];
  return { name: headers[header.principal] ?? "unknown", role: isRole(role) ? role : "anyone", ...(session === undefined ? {} : { session }) };
};

/** Roles include those below: admin > user, admin > node; a service may call everything, and only a service what is declared for services. */
export const allows = (needs: Role, has: Role): boolean =>
  needs === "anyone" || has === needs || has === "service" || (has === "admin" && (needs === "user" || needs === "node"));
