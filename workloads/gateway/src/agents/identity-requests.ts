import { type KeyObject, verify } from "node:crypto";
import { EnrolRequest, enrolmentStatement, type IdentityAnswer, type NodeTokenAnswer, RenewRequest, renewalStatement } from "@fogline/contracts";
import { fail, ok, type Result } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { z } from "zod/mini";
import type { GatewayConfig } from "../config.ts";
import { type CertificateAuthority, deviceKey, intermediatesOf } from "../enrolment/authority.ts";
import type { Certificates } from "../enrolment/certificates.ts";
import type { Enrolments, TokenRefusal } from "../enrolment/enrolments.ts";
import { publicKeyHash, sha256Hex } from "../enrolment/fingerprint.ts";
import { RateLimit } from "../rate.ts";
import { nodeUri, type Peer, type Refusal } from "./peer.ts";

/** Makes the short-lived token with which a node speaks to the HTTP API. */
export type IssueNodeToken = (nodeId: string) => Promise<NodeTokenAnswer>;

export interface IdentityParts {
  readonly authority: CertificateAuthority;
  readonly certificates: Certificates;
  readonly enrolments: Enrolments;
  readonly clock: Clock;
  readonly config: Pick<GatewayConfig, "trustDomain" | "certificateLifetimeMs">;
  readonly issueNodeToken?: IssueNodeToken | undefined;
}

/** Certificates that one node may get: ten at once, then one every six minutes. A device needs one in weeks. */
const perNode = { perSecond: 10 / 3_600, burstSeconds: 3_600 };

const tokenRefusals: Readonly<Record<TokenRefusal, string>> = {
  unknown: "the token is not known here, is of another device, or was replaced by a newer one",
  used: "the token was used before",
  expired: "the token has expired",
};

const malformed = (message: string): Refusal => ({ status: 400, code: "FL4018", message });
const tooMany: Refusal = { status: 429, code: "FL4007", message: "this device asks for too many certificates; wait" };
const refusedToken = (why: TokenRefusal): Refusal => ({ status: 401, code: "FL4033", message: tokenRefusals[why] });

/** What devices ask about their identity, after TLS and apart from HTTP. */
export const identityRequests = (parts: IdentityParts) => {
  const { authority, certificates, enrolments, clock, config, issueNodeToken } = parts;
  const rates = new RateLimit(perNode);

  const issue = (node: string, publicKey: KeyObject) => {
    const nowMs = clock.now();
    return authority.issue({
      commonName: node,
      names: [{ type: "url", value: nodeUri(config.trustDomain, node) }],
      publicKey,
      purpose: "client",
      notBeforeMs: nowMs,
      notAfterMs: nowMs + config.certificateLifetimeMs,
    });
  };
  const answer = (certificate: { toString(): string }): Result<IdentityAnswer, Refusal> =>
    ok({ certificatePem: [certificate, ...intermediatesOf(authority)].map(String).join(""), caPem: authority.root.toString() });
  const mayHaveMore = (node: string): boolean => rates.take(node, clock.monotonicMs()) === 0;

  return {
    enrol: async (body: unknown): Promise<Result<IdentityAnswer, Refusal>> => {
      const request = read(EnrolRequest, body);
      if (!request.ok) return request;
      const { node, secret } = request.value;
      const key = provenKey(request.value, (keyHash) => enrolmentStatement(node, sha256Hex(secret), keyHash));
      if (!key.ok) return key;
      const keyHash = publicKeyHash(key.value);
      // Looked at first, so that a guess costs no signature; what counts is what the transaction finds.
      const refused = await enrolments.refusal(node, secret, keyHash);
      if (refused !== undefined) return fail(refusedToken(refused));
      if (!mayHaveMore(node)) return fail(tooMany);
      const certificate = await issue(node, key.value);
      const lost = await enrolments.use(node, secret, keyHash, certificate);
      return lost === undefined ? answer(certificate) : fail(refusedToken(lost));
    },

    renew: async (peer: Peer, body: unknown): Promise<Result<IdentityAnswer, Refusal>> => {
      const request = read(RenewRequest, body);
      if (!request.ok) return request;
      const key = provenKey(request.value, (keyHash) => renewalStatement(peer.fingerprint, keyHash));
      if (!key.ok) return key;
      if (!mayHaveMore(peer.node)) return fail(tooMany);
      const certificate = await issue(peer.node, key.value);
      if (await certificates.follow(peer.serial, peer.node, certificate)) return answer(certificate);
      return fail({ status: 403, code: "FL4031", message: `the certificate of "${peer.node}" was revoked` });
    },

    token: async (peer: Peer): Promise<Result<NodeTokenAnswer, Refusal>> => {
      if (issueNodeToken === undefined) return fail({ status: 503, code: "FL4009", message: "this gateway makes no tokens for nodes" });
      return ok(await issueNodeToken(peer.node));
    },
  };
};

export type IdentityRequests = ReturnType<typeof identityRequests>;

const read = <Schema extends z.ZodMiniType>(schema: Schema, body: unknown): Result<z.output<Schema>, Refusal> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const problems = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  return fail({ status: 400, code: "FL4001", message: problems.join("; ") });
};

/** The key of a request whose sender has signed the statement about it with its private half. */
const provenKey = (
  { publicKeyPem, signature }: Pick<EnrolRequest, "publicKeyPem" | "signature">,
  statement: (keyHash: string) => string,
): Result<KeyObject, Refusal> => {
  const key = deviceKey(publicKeyPem);
  if (key === undefined) return fail(malformed("publicKeyPem must be a public key, ECDSA P-256"));
  const proved = verify("sha256", Buffer.from(statement(publicKeyHash(key))), key, Buffer.from(signature, "base64"));
  return proved ? ok(key) : fail(malformed("the signature is not that of the key"));
};
