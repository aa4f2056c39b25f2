import { type Audit, changeOf, type Principal } from "@fogline/rpc";
import type { FastifyRequest } from "fastify";

/** The ways in and out, as the audit names them. */
export type SignInOperation = "auth.signin" | "auth.refresh" | "auth.signout" | "auth.oidc";

const nobody: Principal = { name: "nobody", role: "anyone" };

/**
 * Who came in, who went, and who was turned away. A session that renews itself leaves no entry: it would bury the rest, and says nothing that
 * its beginning did not. Each resolves when the entry is committed and rejects when it cannot be: then nobody is let in.
 */
export const signInAudit = (audit: Audit) => ({
  done: (request: FastifyRequest, operation: SignInOperation, who: Principal): Promise<void> =>
    audit.record(changeOf(request, who, operation, who.name), "done", { status: 200, code: null }),
  /** `target` is the name that was tried, where one was. */
  refused: (request: FastifyRequest, operation: SignInOperation, target: string | null = null): Promise<void> =>
    audit.record(changeOf(request, nobody, operation, target), "refused", { status: 401, code: "FL4002" }),
});

export type SignInAudit = ReturnType<typeof signInAudit>;
