import type { Random } from "@fogline/ports";
import * as oidc from "openid-client";
import type { GatewayConfig } from "../config.ts";

type Settings = Pick<GatewayConfig, "oidcIssuer" | "oidcClientId" | "oidcClientSecret" | "oidcCallbackUrl" | "oidcAdminClaim" | "oidcAdminValue">;

/** What must come back unchanged with the answer of the provider. */
export interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Who the provider says somebody is. */
export interface Profile {
  /** Issuer and subject: the only two facts of a provider that stay and are unique (OpenID Connect Core, section 5.7). */
  readonly subject: string;
  /** How the person is called there; not unique, and somebody else's tomorrow. */
  readonly nickname: string;
  /** `undefined` when the settings leave roles to the admins of this hub. */
  readonly role: "admin" | "user" | undefined;
}

const secretBytes = 32;
const scope = "openid profile email";
const timeoutSeconds = 10;

/** An identity provider, as the settings name it: OpenID Connect with the authorization code flow, PKCE, state and nonce. */
export class IdentityProvider {
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #issuer: URL;
  readonly #callback: URL;
  #known: Promise<oidc.Configuration> | undefined;

  constructor(settings: Settings & { readonly oidcIssuer: string }, random: Random) {
    this.#settings = settings;
    this.#random = random;
    this.#issuer = new URL(settings.oidcIssuer);
    this.#callback = new URL(settings.oidcCallbackUrl ?? "");
  }

  /** Where to send the browser, and what to keep meanwhile. Rejects when the provider cannot be asked for its endpoints. */
  async begin(): Promise<{ readonly url: URL; readonly flow: Flow }> {
    const secret = () => Buffer.from(this.#random.bytes(secretBytes)).toString("base64url");
    const flow = { state: secret(), nonce: secret(), verifier: secret() };
    const url = oidc.buildAuthorizationUrl(await this.#configuration(), {
      redirect_uri: this.#callback.href,
      scope,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: "S256",
    });
    return { url, flow };
  }

  /** Exchanges what the browser brought back. Rejects when it is not the answer to this flow, or the provider refuses it. */
  async finish(query: string, flow: Flow): Promise<Profile> {
    const configuration = await this.#configuration();
    // Not from the request: its Host header is the caller's to choose.
    const answered = new URL(this.#callback);
    answered.search = query;
    const tokens = await oidc.authorizationCodeGrant(configuration, answered, {
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      pkceCodeVerifier: flow.verifier,
      idTokenExpected: true,
    });
    const proved = tokens.claims();
    if (proved === undefined) throw new TypeError("an answer without an ID token was let through");
    const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
    const told = hasUserInfo ? await oidc.fetchUserInfo(configuration, tokens.access_token, proved.sub) : {};
    const claims: Readonly<Record<string, unknown>> = { ...told, ...proved };
    return { subject: JSON.stringify([proved.iss, proved.sub]), nickname: nicknameIn(claims), role: this.#roleIn(claims) };
  }

  #roleIn(claims: Readonly<Record<string, unknown>>): Profile["role"] {
    const { oidcAdminClaim: name, oidcAdminValue: wanted } = this.#settings;
    if (name === undefined || wanted === undefined) return undefined;
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return (Array.isArray(value) ? value : [value]).some((one) => String(one) === wanted) ? "admin" : "user";
  }

  /** The provider's endpoints and keys, asked for once; a failure is not kept. */
  #configuration(): Promise<oidc.Configuration> {
    this.#known ??= this.#discover().catch((thrown: unknown) => {
      this.#known = undefined;
      throw thrown;
    });
    return this.#known;
  }

  #discover(): Promise<oidc.Configuration> {
    const { oidcClientId = "", oidcClientSecret: secret } = this.#settings;
    const plain = this.#issuer.protocol === "http:" ? [oidc.allowInsecureRequests] : [];
    return oidc.discovery(this.#issuer, oidcClientId, secret, secret === undefined ? oidc.None() : oidc.ClientSecretBasic(secret), {
      // The signature of the ID token is checked too, although it comes from the provider itself.
      execute: [...plain, oidc.enableNonRepudiationChecks],
      timeout: timeoutSeconds,
    });
  }
}

const nicknameIn = ({ preferred_username, email }: Readonly<Record<string, unknown>>): string => {
  if (typeof preferred_username === "string" && preferred_username !== "") return preferred_username;
  return typeof email === "string" ? (email.split("@", 1)[0] ?? "") : "";
};
