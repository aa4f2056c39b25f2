import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { Agent, request } from "node:https";
import { EnrolmentToken, type EnrolRequest, enrolmentStatement, enrolmentTokenPrefix, renewalStatement } from "@fogline/contracts";
import { fingerprintOf, publicKeyHash, sha256Hex } from "../enrolment/fingerprint.ts";

/** What a device of a test shows at the agents' port, PEM. */
export interface TestIdentity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

export interface Answered {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Record<string, unknown>;
}

type Shown = Partial<TestIdentity> & { readonly maxVersion?: "TLSv1.2" };

/** Sends a request to the agents' port, over a connection of its own, with the certificate or none. */
export const postAgents = (port: number, path: string, body: unknown, shown: Shown = {}): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = request(
      {
        ...{ host: "127.0.0.1", port, path, method: "POST", headers: { "content-type": "application/json" } },
        ...{ agent: new Agent({ keepAlive: false }), rejectUnauthorized: shown.ca !== undefined, ...shown },
        ...(shown.maxVersion === undefined ? {} : { minVersion: "TLSv1.2" as const }),
      },
      (response) => {
        let received = "";
        response.on("data", (chunk: Buffer) => {
          received += chunk.toString();
        });
        response.on("end", () => {
          const answer = JSON.parse(received || "{}") as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, code: typeof answer.code === "string" ? answer.code : undefined, body: answer });
        });
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });

export const readToken = (text: string): EnrolmentToken =>
  EnrolmentToken.parse(JSON.parse(Buffer.from(text.slice(enrolmentTokenPrefix.length), "base64url").toString()));

/** A new key of a device. */
export const deviceKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
export type DeviceKeys = ReturnType<typeof deviceKeys>;

export const pemOf = ({ privateKey }: DeviceKeys): string => privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const proved = ({ publicKey, privateKey }: DeviceKeys, statement: (keyHash: string) => string) => ({
  publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  signature: sign("sha256", Buffer.from(statement(publicKeyHash(publicKey))), privateKey).toString("base64"),
});

/** What a device sends to enrol. */
export const enrolRequest = ({ n, s }: EnrolmentToken, keys: DeviceKeys): EnrolRequest => ({
  node: n,
  secret: s,
  ...proved(keys, (keyHash) => enrolmentStatement(n, sha256Hex(s), keyHash)),
});

const identityIn = ({ status, body }: Answered, keys: DeviceKeys): TestIdentity => {
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return { key: pemOf(keys), cert: String(body.certificatePem), ca: String(body.caPem) };
};

export const enrol = async (port: number, token: EnrolmentToken, keys = deviceKeys()): Promise<TestIdentity> =>
  identityIn(await postAgents(port, "/enrol", enrolRequest(token, keys)), keys);

/** Asks for the certificate that follows. */
export const askRenewal = (port: number, identity: TestIdentity, keys = deviceKeys()): Promise<Answered> =>
  postAgents(
    port,
    "/renew",
    proved(keys, (keyHash) => renewalStatement(fingerprintOf(new X509Certificate(identity.cert)), keyHash)),
    identity,
  );

export const renew = async (port: number, identity: TestIdentity): Promise<TestIdentity> => {
  const keys = deviceKeys();
  return identityIn(await askRenewal(port, identity, keys), keys);
};
