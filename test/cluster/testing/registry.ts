import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { freePorts, startProgram } from "@fogline/dev-cluster";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { eventually } from "../../system/testing/eventually.ts";

/** A registry of this machine, in which everybody sees what they were given the right to. */
export interface TestRegistry {
  /** Its address in a fleet file. */
  readonly host: string;
  /** A login that may do this in the repositories that begin so. */
  allow(username: string, prefix: string, actions: readonly ("pull" | "push")[]): Login;
  stop(): Promise<void>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

interface Account extends Login {
  readonly prefix: string;
  readonly actions: readonly string[];
}

const [issuer, service] = ["the-test", "the-registry"];

/** Who asks, by Basic authentication. */
const accountOf = ({ headers }: IncomingMessage, accounts: readonly Account[]): Account | undefined => {
  const [, encoded = ""] = /^Basic (.+)$/.exec(headers.authorization ?? "") ?? [];
  const said = Buffer.from(encoded, "base64").toString("utf8");
  return accounts.find(({ username, password }) => said === `${username}:${password}`);
};

/** What an account gets of the rights that are asked for, `repository:<name>:<action>,<action>` each. */
const granted = ({ prefix, actions }: Account, scopes: readonly string[]) =>
  scopes.flatMap((scope) => {
    const [type, name = "", asked = ""] = scope.split(":");
    const allowed = name.startsWith(prefix) ? asked.split(",").filter((action) => actions.includes(action)) : [];
    return allowed.length === 0 ? [] : [{ type, name, actions: allowed }];
  });

/**
 * Starts the CNCF's registry with a token service of this process in front of it, https://distribution.github.io/distribution/spec/auth/token. Who has
 * no account gets no token; who has one gets the rights of their account and no others.
 */
export const startRegistry = async (folder: string): Promise<TestRegistry> => {
  const accounts: Account[] = [];
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const kid = "the-key";
  const keys = join(folder, "registry-keys.json");
  writeFileSync(keys, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }] }));
  const tokens = createServer((request, response) => {
    const account = accountOf(request, accounts);
    if (account === undefined) return void response.writeHead(401).end();
    const scopes = new URL(request.url ?? "/", "http://localhost").searchParams.getAll("scope").flatMap((scope) => scope.split(" "));
    const claims = { jti: randomUUID(), access: granted(account, scopes) };
    const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, typ: "JWT" }).setIssuer(issuer).setSubject(account.username);
    const signed = token.setAudience(service).setIssuedAt().setNotBefore("-1m").setExpirationTime("5m").sign(privateKey);
    signed.then(
      (text) => response.setHeader("content-type", "application/json").end(JSON.stringify({ token: text })),
      () => response.destroy(),
    );
  });
  tokens.listen(0, "localhost");
  await once(tokens, "listening");
  const [port = 0] = await freePorts(1);
  const realm = `http://localhost:${(tokens.address() as AddressInfo).port}/token`;
  const config = {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: join(folder, "registry") } },
    http: { addr: `localhost:${port}` },
    auth: { token: { realm, service, issuer, jwks: keys, signingalgorithms: ["RS256"] } },
  };
  // JSON is YAML.
  writeFileSync(join(folder, "registry.yaml"), JSON.stringify(config));
  const program = startProgram(folder, "registry", ["serve", join(folder, "registry.yaml")]);
  const host = `localhost:${port}`;
  await eventually("the registry answers", async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.status === 401);
  return {
    host,
    allow: (username, prefix, actions) => {
      const login = { username, password: `the password of ${username}` };
      accounts.push({ ...login, prefix, actions });
      return login;
    },
    stop: async () => {
      await program.stop();
      tokens.closeAllConnections();
      await new Promise((resolve) => tokens.close(resolve));
    },
  };
};
