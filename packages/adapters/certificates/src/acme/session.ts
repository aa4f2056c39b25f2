import { FoglineError, textOf } from "@fogline/findings";
import { FlattenedSign, type JWK } from "jose";
import { type Answer, send } from "./https.ts";

/** Where a certificate authority takes what (RFC 8555, 7.1.1). */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly meta?: { readonly externalAccountRequired?: boolean };
}

/** An answer to a signed request: its body as JSON where it is JSON, and where the thing lives that it made. */
export interface Signed {
  readonly value: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly location: string | undefined;
  readonly retryAfterSeconds: number;
}

export interface AccountKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Nonces may be refused (section 6.5); each refusal brings a new one. */
const nonceTriesMax = 10;
const retryAfterSecondsDefault = 1;
const badNonce = "urn:ietf:params:acme:error:badNonce";

/** What went wrong at the authority, in its words. */
export const refusedBy = (url: string, why: string, cause?: unknown): FoglineError =>
  new FoglineError("FL4060", `the certificate authority at ${new URL(url).host} ${why}`, cause === undefined ? {} : { cause });

const headerOf = ({ headers }: Answer, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const jsonOf = (text: string): Record<string, unknown> => {
  try {
    const value = JSON.parse(text) as unknown;
    return value !== null && typeof value === "object" ? { ...value } : {};
  } catch {
    return {};
  }
};

/** Signed requests to one certificate authority (RFC 8555, section 6), one after the other. */
export class Session {
  readonly #key: AccountKey;
  readonly #ca: string | undefined;
  #nonce: string | undefined;
  #account: string | undefined;
  readonly directory: Directory;

  private constructor(directory: Directory, key: AccountKey, ca: string | undefined) {
    this.directory = directory;
    this.#key = key;
    this.#ca = ca;
  }

  /** Throws FL4060 when the authority does not answer or is none. */
  static async open(directoryUrl: string, key: AccountKey, ca?: string): Promise<Session> {
    const { status, body } = await send(directoryUrl, { method: "GET", ca }).catch((cause: unknown) => {
      throw refusedBy(directoryUrl, `does not answer: ${textOf(cause)}`, cause);
    });
    const directory = jsonOf(body) as unknown as Directory;
    if (status !== 200 || [directory.newNonce, directory.newAccount, directory.newOrder].some((url) => typeof url !== "string")) {
      throw refusedBy(directoryUrl, `answers ${status} and no ACME directory at ${directoryUrl}`);
    }
    return new Session(directory, key, ca);
  }

  /** From now on requests are signed in the name of this account instead of by its bare key. */
  signAs(account: string): void {
    this.#account = account;
  }

  /** A signed POST; `payload` undefined reads (POST-as-GET). Throws FL4060 with the authority's own words when it refuses. */
  async post(url: string, payload?: object): Promise<Signed> {
    for (let attempt = 1; ; attempt++) {
      const body = await this.#signed(url, payload === undefined ? "" : JSON.stringify(payload));
      const answer = await this.#send(url, body);
      if (answer.status < 400) {
        return {
          value: jsonOf(answer.body),
          text: answer.body,
          location: headerOf(answer, "location"),
          retryAfterSeconds: Number(headerOf(answer, "retry-after")) || retryAfterSecondsDefault,
        };
      }
      const problem = jsonOf(answer.body);
      if (problem.type === badNonce && attempt < nonceTriesMax) continue;
      throw refusedBy(url, `refuses (${answer.status}): ${String(problem.detail ?? problem.type ?? "without saying why")}`);
    }
  }

  async #signed(url: string, payload: string): Promise<string> {
    const nonce = this.#nonce ?? (await this.#freshNonce());
    this.#nonce = undefined;
    const who = this.#account === undefined ? { jwk: this.#key.publicJwk } : { kid: this.#account };
    const jws = await new FlattenedSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg: "ES256", nonce, url, ...who })
      .sign(this.#key.privateKey);
    return JSON.stringify(jws);
  }

  async #send(url: string, body: string): Promise<Answer> {
    const answer = await send(url, { method: "POST", body, ca: this.#ca }).catch((cause: unknown) => {
      throw refusedBy(url, `does not answer: ${textOf(cause)}`, cause);
    });
    this.#nonce = headerOf(answer, "replay-nonce");
    return answer;
  }

  async #freshNonce(): Promise<string> {
    const url = this.directory.newNonce;
    const answer = await send(url, { method: "HEAD", ca: this.#ca }).catch((cause: unknown) => {
      throw refusedBy(url, `does not answer: ${textOf(cause)}`, cause);
    });
    const nonce = headerOf(answer, "replay-nonce");
    if (nonce === undefined) throw refusedBy(url, "gives no nonce");
    return nonce;
  }
}
