import type { Clock } from "@fogline/ports";
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importPKCS8, type JWK } from "jose";
import { type Certificate, certificateRequest } from "../certificate.ts";
import { type AccountKey, refusedBy, Session } from "./session.ts";

/** What is wanted, of whom, and how it is proved that the names are ours. */
export interface AcmeOrder {
  /** `https://acme-v02.api.letsencrypt.org/directory`, for instance. */
  readonly directoryUrl: string;
  /** Of {@link newAccountKey}. The same key is the same account, whoever asks when. */
  readonly accountKey: string;
  /** Where the authority may write to; none is told without it. */
  readonly email?: string;
  /** DNS names; the first is the certificate's main one. */
  readonly hostnames: readonly string[];
  readonly clock: Clock;
  /** PEM of the authority that vouches for the directory's own port, where that is not a public one. */
  readonly ca?: string;
  /**
   * Answers `http://<name>/.well-known/acme-challenge/<token>` with `answer` until the returned function is called: HTTP-01, RFC 8555 section 8.3.
   */
  readonly present: (token: string, answer: string) => () => void;
}

/** An order or an authorization is looked at again this often at most; with the second that an authority asks for at least, that is two minutes. */
const looksMax = 60;
const retryAfterSecondsMax = 30;

/** An account at any certificate authority is a key: P-256, PKCS #8, PEM. */
export const newAccountKey = async (): Promise<string> => exportPKCS8((await generateKeyPair("ES256", { extractable: true })).privateKey);

const accountKeyOf = async (pem: string): Promise<AccountKey> => {
  const privateKey = await importPKCS8(pem, "ES256", { extractable: true });
  const { d: _private, ...publicJwk }: JWK = await exportJWK(privateKey);
  return { privateKey, publicJwk };
};

/**
 * Gets a certificate by RFC 8555 with HTTP-01. Throws FL4060, in the authority's words, when there is none to be had; nothing is kept of a
 * failed order, and the account stays.
 */
export const obtainCertificate = async (order: AcmeOrder): Promise<Certificate> => {
  const { directoryUrl, hostnames, email, ca } = order;
  const key = await accountKeyOf(order.accountKey);
  const session = await Session.open(directoryUrl, key, ca);
  if (session.directory.meta?.externalAccountRequired === true) {
    throw refusedBy(directoryUrl, "wants an account that was made elsewhere (external account binding), which is not supported");
  }
  const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
  const account = await session.post(session.directory.newAccount, { termsOfServiceAgreed: true, ...contact });
  if (account.location === undefined) throw refusedBy(directoryUrl, "does not say which account it made");
  session.signAs(account.location);

  const placed = await session.post(session.directory.newOrder, { identifiers: hostnames.map((value) => ({ type: "dns", value })) });
  const { authorizations, finalize } = placed.value as { authorizations?: string[]; finalize?: string };
  if (placed.location === undefined || authorizations === undefined || finalize === undefined)
    throw refusedBy(directoryUrl, "gives an order that is none");
  const thumbprint = await calculateJwkThumbprint(key.publicJwk);
  for (const url of authorizations) await prove(session, url, thumbprint, order);

  const request = await certificateRequest(hostnames);
  await session.post(finalize, { csr: Buffer.from(request.der).toString("base64url") });
  const done = await settled(session, placed.location, order.clock);
  if (done.status !== "valid" || typeof done.certificate !== "string") throw refusedBy(directoryUrl, `ends the order as ${failureOf(done)}`);
  const { text } = await session.post(done.certificate);
  return { chain: text, key: `${request.key}\n` };
};

interface Challenge {
  readonly type: string;
  readonly url: string;
  readonly token: string;
  readonly error?: { readonly detail?: string };
}

/** Shows the authority that one name leads here. What was shown before and still counts is not asked again. */
const prove = async (session: Session, url: string, thumbprint: string, { clock, present }: AcmeOrder): Promise<void> => {
  const { value } = await session.post(url);
  if (value.status === "valid") return;
  const name = (value.identifier as { value?: string } | undefined)?.value ?? "the name";
  const challenge = (value.challenges as Challenge[] | undefined)?.find(({ type }) => type === "http-01");
  if (challenge === undefined) throw refusedBy(url, `offers no HTTP-01 for ${name}`);
  const withdraw = present(challenge.token, `${challenge.token}.${thumbprint}`);
  try {
    await session.post(challenge.url, {});
    const proved = await settled(session, url, clock);
    if (proved.status !== "valid") throw refusedBy(url, `could not see that ${name} leads here: ${failureOf(proved)}`);
  } finally {
    withdraw();
  }
};

/** Reads an order or authorization until it is decided, as often as the authority wishes. */
const settled = async (session: Session, url: string, clock: Clock): Promise<Readonly<Record<string, unknown>>> => {
  for (let look = 1; look <= looksMax; look++) {
    const { value, retryAfterSeconds } = await session.post(url);
    if (value.status !== "pending" && value.status !== "processing" && value.status !== "ready") return value;
    await clock.sleep(Math.min(retryAfterSeconds, retryAfterSecondsMax) * 1_000);
  }
  throw refusedBy(url, `has not decided after ${looksMax} looks`);
};

const failureOf = (value: Readonly<Record<string, unknown>>): string => {
  const said = [value.error, ...((value.challenges as Challenge[] | undefined) ?? []).map(({ error }) => error)] as (
    | { detail?: string }
    | undefined
  )[];
  return said.find((error) => error?.detail !== undefined)?.detail ?? String(value.status);
};
