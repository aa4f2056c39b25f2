import { hash as hashOf } from "node:crypto";
import type { Clock, Random } from "@fogline/ports";
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { nodeSubject, type Revocations, sessionSubject } from "./revocations.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Whoever a token belongs to. `session` is null for a node and for the host. */
export interface Identity {
  readonly name: string;
  readonly role: "admin" | "user" | "node";
  readonly session: string | null;
}

export interface AccessToken {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
}

/** Why a token is nobody's. `ended`: it was made here, and has expired or was revoked; to show it is no guess. */
export type NoIdentity = "forged" | "ended";

/** Tokens are for the whole of Fogline: the services behind the gateway ask it what a token is worth. */
const audience = "fogline";
const algorithm = "EdDSA";
const type = "at+jwt";
/** What clocks of two gateways may differ by. */
const toleranceSeconds = 5;
/** Longer ones are not tokens of ours. */
const tokenLengthMax = 2_048;
/** Tokens whose signature was found good and that are remembered at most; those beyond are checked again each time. */
const rememberedMax = 10_000;

const Claims = z.discriminatedUnion("role", [
  z.object({ role: z.enum(["admin", "user"]), sub: z.string().min(1), sid: z.string().min(1), iat: z.int(), exp: z.int() }),
  z.object({ role: z.literal("node"), sub: z.string().min(1), iat: z.int(), exp: z.int() }),
]);

interface Known {
  readonly identity: Identity;
  readonly subject: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface TokensParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
  /** The id of this hub: its tokens are worth nothing at another. */
  readonly issuer: string;
  readonly accessTokenMs: number;
}

/**
 * Makes and checks access tokens (RFC 7519, typed as in RFC 9068, signed with Ed25519). A signature is checked once for each token; expiry and
 * revocation every time.
 */
export class Tokens {
  readonly #parts: TokensParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: TokensParts) {
    this.#parts = parts;
  }

  /** A token for somebody who has a session. */
  issue({ name, role, session }: { name: string; role: "admin" | "user"; session: string }): Promise<AccessToken> {
    return this.#sign(name, { role, sid: session });
  }

  /** A token for a device, with the role `node`. Whoever calls this has made sure that it is the device. */
  issueNodeToken(nodeId: string): Promise<AccessToken> {
    return this.#sign(nodeId, { role: "node" });
  }

  /** Refuses every token of a node that was issued until now, at every gateway. New ones are not held back. */
  revokeNodeTokens(nodeId: string): Promise<void> {
    return this.#parts.revocations.revokeNode(nodeId);
  }

  async verify(token: string): Promise<Identity | NoIdentity> {
    if (token.length > tokenLengthMax) return "forged";
    const hash = hashOf("sha256", token, "base64url");
    const known = this.#known.get(hash) ?? (await this.#checked(token, hash));
    if (typeof known === "string") return known;
    const { identity, subject, issuedAtMs, expiresAtMs } = known;
    if (expiresAtMs <= this.#parts.clock.now()) {
      this.#known.delete(hash);
      return "ended";
    }
    return this.#parts.revocations.refuses(subject, issuedAtMs) ? "ended" : identity;
  }

  async #sign(sub: string, claims: Readonly<Record<string, string>>): Promise<AccessToken> {
    const { clock, random, keys, issuer, accessTokenMs } = this.#parts;
    const issuedAtSeconds = Math.floor(clock.now() / 1_000);
    const expiresAtSeconds = issuedAtSeconds + Math.ceil(accessTokenMs / 1_000);
    const { kid, privateKey } = keys.current;
    const accessToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, typ: type, kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(sub)
      .setJti(random.id())
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(expiresAtSeconds)
      .sign(privateKey);
    return { accessToken, accessExpiresAtMs: expiresAtSeconds * 1_000 };
  }

  async #checked(token: string, hash: string): Promise<Known | NoIdentity> {
    const { clock, keys, issuer } = this.#parts;
    const key = await keys.find(kidOf(token));
    if (key === undefined) return "forged";
    const verified = await jwtVerify(token, key.publicKey, {
      // Named, never read from the token: neither "none" nor a secret-key algorithm is tried, whatever the token says.
      algorithms: [algorithm],
      typ: type,
      issuer,
      audience,
      requiredClaims: ["sub", "iat", "exp"],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(clock.now()),
    }).catch((thrown: unknown) => {
      if (thrown instanceof errors.JWTExpired) return "ended" as const;
      if (thrown instanceof errors.JOSEError) return "forged" as const;
      throw thrown;
    });
    if (typeof verified === "string") return verified;
    const claims = Claims.safeParse(verified.payload);
    if (!claims.success) return "forged";
    const known = knownOf(claims.data);
    if (this.#known.size >= rememberedMax) this.#forgetOldest();
    this.#known.set(hash, known);
    return known;
  }

  /** A map keeps its order: the first is the one that was learnt first, and so among the first to expire. */
  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

const knownOf = (claims: z.output<typeof Claims>): Known => {
  const { sub: name, iat, exp } = claims;
  const times = { issuedAtMs: iat * 1_000, expiresAtMs: exp * 1_000 };
  if (claims.role === "node") return { identity: { name, role: "node", session: null }, subject: nodeSubject(name), ...times };
  return { identity: { name, role: claims.role, session: claims.sid }, subject: sessionSubject(claims.sid), ...times };
};

/** The id of the key that the token names; "" when it names none or is no token. */
const kidOf = (token: string): string => {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === "string" ? kid : "";
  } catch {
    return "";
  }
};
