import { createHash, X509Certificate } from "node:crypto";
import type { Agent } from "node:https";
import { enrolmentStatement, IdentityAnswer, renewalStatement } from "@fogline/contracts/agent-identity";
import { FoglineError, textOf } from "@fogline/findings";
import type { Clock, Random } from "@fogline/ports";
import type { AgentLog, HubIdentity, TlsIdentity } from "../ports.ts";
import { newKey, provenKey } from "./keys.ts";
import { askHub, type HubAnswer } from "./requests.ts";
import type { IdentityStore, StoredIdentity } from "./store.ts";
import { type GivenToken, readEnrolmentToken } from "./token.ts";
import { findAuthority, type PinnedHub } from "./trust.ts";

export interface IdentityOptions {
  readonly store: IdentityStore;
  /** A one-time token; needed until the device has an identity, or when that one is refused. */
  readonly token?: string | undefined;
  /** Instead of what token and identity say. */
  readonly hubUrl?: string | undefined;
  /** Which node this must be; whatever token and identity say when left out. */
  readonly nodeId?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: AgentLog;
  /** Shared by those of one process that enrol at the same hub. */
  readonly shared?: { readonly agent: Agent; readonly authority: (hub: PinnedHub) => Promise<string> } | undefined;
}

/** Keeps the identity of a device valid for as long as it is open. */
export interface IdentityKeeper extends HubIdentity {
  readonly nodeId: string;
  readonly hubUrl: string;
  /** Has a new key and certificate now, before it is time. Rejects when that fails. */
  renew(): Promise<void>;
  close(): void;
}

type Enrolled = NonNullable<StoredIdentity["enrolled"]>;

/** When a certificate is followed by another, as a share of its life; up to a twentieth later, so that a fleet does not come at once. */
const renewalShare = 2 / 3;
const renewalJitter = 1 / 20;
/** Pauses between attempts to renew: doubled from the first to the second. */
const renewAgainMsMin = 30_000;
const renewAgainMsMax = 3_600_000;
/** A timer is set for no longer than this: the clock of a device may be set right meanwhile. */
const lookMsMax = 3_600_000;

/** Codes of refusals (docs/errors.md). */
const code = { revoked: "FL4031", ended: "FL4032", badToken: "FL4033" } as const;

/**
 * Opens the identity of a device. Throws FL4015 when there is neither an identity nor a token, or they are of another node than wanted. Invariants:
 * one enrolment or renewal runs at a time; a key is on the disk before the hub hears of it; a token is used once.
 */
export const openIdentity = (options: IdentityOptions): IdentityKeeper => {
  const { store, clock, random, log, shared } = options;
  const token = options.token === undefined || options.token === "" ? undefined : readEnrolmentToken(options.token);
  let stored = store.read();
  const { nodeId, hubUrl } = whoAndWhere(options, stored, token);
  /** The hub will never take this certificate again, nor renew it. */
  let refusedForGood = false;
  /** The hub says that it has ended, whatever the clock here says. */
  let endedAtHub = false;
  let working: Promise<void> | undefined;
  let cancel = () => {};
  let closed = false;
  let failures = 0;
  let jitter = random.unit();

  const save = (changes: Partial<StoredIdentity>) => {
    stored = { ...stored, ...changes };
    store.write(stored);
  };
  const tokenToUse = (): GivenToken | undefined => (token !== undefined && token.hash !== stored.spentTokenHash ? token : undefined);

  const obtained = (answer: Extract<HubAnswer, { ok: true }>, keyPem: string, changes: Partial<StoredIdentity>) => {
    const { certificatePem, caPem } = IdentityAnswer.parse(answer.body);
    const certificate = new X509Certificate(certificatePem);
    save({ enrolled: { hubUrl, nodeId, keyPem, certificatePem, caPem, obtainedAtMs: clock.now() }, ...changes });
    refusedForGood = false;
    endedAtHub = false;
    failures = 0;
    jitter = random.unit();
    log.info("this device has a certificate", { until: certificate.validToDate.toISOString() });
    schedule();
  };

  const enrol = async (given: GivenToken): Promise<void> => {
    const ca = await (shared?.authority ?? findAuthority)({ hubUrl, fingerprint: given.fingerprint });
    const keyPem = stored.enrolling?.tokenHash === given.hash ? stored.enrolling.keyPem : newKey();
    save({ enrolling: { tokenHash: given.hash, keyPem } });
    const proof = provenKey(keyPem, (keyHash) => enrolmentStatement(nodeId, given.hash, keyHash));
    const body = { node: nodeId, secret: given.secret, ...proof };
    const answer = await askHub({ hubUrl, name: "enrol", body, tls: { ca }, agent: shared?.agent });
    if (answer.ok) return obtained(answer, keyPem, { enrolling: null, spentTokenHash: given.hash });
    if (answer.code === code.badToken) save({ enrolling: null, spentTokenHash: given.hash });
    throw new FoglineError("FL4002", `enrolling failed: ${answer.message} (${answer.code})`);
  };

  const renew = async (enrolled: Enrolled): Promise<void> => {
    const keyPem = newKey();
    const fingerprint = `sha256:${createHash("sha256").update(new X509Certificate(enrolled.certificatePem).raw).digest("hex")}`;
    const body = provenKey(keyPem, (keyHash) => renewalStatement(fingerprint, keyHash));
    const answer = await askHub({ hubUrl, name: "renew", body, tls: tlsOf(enrolled) });
    if (answer.ok) return obtained(answer, keyPem, {});
    if (answer.code === code.revoked || answer.code === code.ended) refusedForGood = true;
    throw new FoglineError("FL4002", `renewing the certificate failed: ${answer.message} (${answer.code})`);
  };

  /** Runs one change of the identity; whoever wants one meanwhile waits for it. */
  const work = (change: () => Promise<void>): Promise<void> => {
    working ??= change().finally(() => {
      working = undefined;
    });
    return working;
  };
  const endMs = ({ certificatePem }: Enrolled): number => new X509Certificate(certificatePem).validToDate.getTime();
  const renewAtMs = (enrolled: Enrolled): number => {
    const lifeMs = endMs(enrolled) - enrolled.obtainedAtMs;
    return enrolled.obtainedAtMs + lifeMs * (renewalShare + renewalJitter * jitter);
  };

  const schedule = () => {
    cancel();
    const { enrolled } = stored;
    if (closed || enrolled === null) return;
    const againMs = failures === 0 ? 0 : Math.min(renewAgainMsMax, renewAgainMsMin * 2 ** (failures - 1)) * (0.5 + random.unit() / 2);
    const waitMs = Math.max(0, Math.min(lookMsMax, Math.max(againMs, renewAtMs(enrolled) - clock.now())));
    cancel = clock.after(Math.ceil(waitMs), () => {
      const now = stored.enrolled;
      if (now === null || renewAtMs(now) > clock.now()) return schedule();
      work(() => renew(now)).catch((thrown: unknown) => {
        if (failures === 0) log.warn("the certificate is not renewed yet", { cause: textOf(thrown) });
        failures = Math.min(failures + 1, 30);
        schedule();
      });
    });
  };

  /** What has to happen before this device can show something. */
  const change = (): (() => Promise<void>) | undefined => {
    const unused = tokenToUse();
    const { enrolled } = stored;
    if (enrolled === null) {
      if (unused !== undefined) return () => enrol(unused);
      throw new FoglineError("FL4002", "this device has no identity, and its token was used or refused: it needs a new one");
    }
    if (unused !== undefined && (refusedForGood || isOfAnother(enrolled, unused))) return () => enrol(unused);
    if (endedAtHub || endMs(enrolled) <= clock.now()) return () => renew(enrolled);
    return undefined;
  };
  schedule();

  return {
    nodeId,
    hubUrl,
    current: async () => {
      // A renewal that is refused for good leads to the token, if there is one.
      for (let steps = 0; steps < 2; steps += 1) {
        const needed = change();
        if (needed === undefined) break;
        await work(needed).catch((thrown: unknown) => {
          if (steps > 0 || !refusedForGood || tokenToUse() === undefined) throw thrown;
        });
      }
      if (stored.enrolled === null) throw new FoglineError("FL4002", "this device has no identity yet");
      return tlsOf(stored.enrolled);
    },
    refused: (by) => {
      if (by === code.ended) endedAtHub = true;
      if (by !== code.revoked || refusedForGood) return;
      refusedForGood = true;
      log.warn("the hub does not take this device's certificate any more", { code: by });
    },
    renew: async () => {
      const { enrolled } = stored;
      if (enrolled === null) throw new FoglineError("FL4002", "this device has no identity yet");
      await working;
      await work(() => renew(stored.enrolled ?? enrolled));
    },
    close: () => {
      closed = true;
      cancel();
    },
  };
};

const tlsOf = ({ keyPem, certificatePem, caPem }: Enrolled): TlsIdentity => ({ key: keyPem, cert: certificatePem, ca: caPem });

/** Whether a token is for another node or fleet than the identity: then the device was given a new place. */
const isOfAnother = ({ nodeId, caPem }: Enrolled, token: GivenToken): boolean =>
  nodeId !== token.nodeId || `sha256:${createHash("sha256").update(new X509Certificate(caPem).raw).digest("hex")}` !== token.fingerprint;

const whoAndWhere = (
  { nodeId: wanted, hubUrl: told }: IdentityOptions,
  { enrolled, spentTokenHash }: StoredIdentity,
  token: GivenToken | undefined,
): { nodeId: string; hubUrl: string } => {
  const unused = token !== undefined && token.hash !== spentTokenHash ? token : undefined;
  const from = unused ?? enrolled ?? token;
  if (from === null || from === undefined) {
    throw new FoglineError("FL4015", "this device has no identity yet, and no enrolment token", {
      remedy: "make a token with `fogline device enrol <id>` and set FOGLINE_AGENT_ENROLMENT_TOKEN or FOGLINE_AGENT_ENROLMENT_TOKEN_FILE",
    });
  }
  if (wanted !== undefined && wanted !== "" && wanted !== from.nodeId) {
    const what = from === enrolled ? "identity" : "enrolment token";
    throw new FoglineError("FL4015", `the ${what} is of node "${from.nodeId}", and this shall be "${wanted}"`, {
      remedy: "make a token for the right node with `fogline device enrol <id>`, or leave the node's id out",
    });
  }
  return { nodeId: from.nodeId, hubUrl: told === undefined || told === "" ? from.hubUrl : told };
};
