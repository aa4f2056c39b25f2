import { readFileSync } from "node:fs";
import { FoglineError, textOf } from "@fogline/findings";
import type { Random } from "@fogline/ports";
import {
  type Authenticator,
  credsAuthenticator,
  type NodeConnectionOptions,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";

/** Where the server is, and how this process proves itself to it. */
export interface NatsSettings {
  /**
   * `nats://user:password@host:4222`, `nats://token@host`, or `tls://…`, which speaks TLS or not at all. Several servers of one cluster are
   * separated by commas; the login of the first counts for all. With TLS, write the name that the certificate has, not an address.
   */
  readonly url: string;
  /** A `.creds` file (a user JWT and its seed), or a file with an nkey seed alone; read again at each connect. */
  readonly credentialsFile?: string | undefined;
  /** PEM of the authorities that may have signed the server's certificate; those of the system unless given. With it, TLS is a must. */
  readonly caFile?: string | undefined;
  /** PEM of this client's own certificate and its key, for servers that ask for one. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const schemes: ReadonlySet<string> = new Set(["nats:", "tls:"]);

/** Pause before a lost server is asked again: half fixed, half by chance, so that those who lost it together do not return together. */
const reconnectMs = 1_000;
/** A server that does not answer two of these in a row counts as gone. */
const pingMs = 5_000;
const dialMsMax = 5_000;

const refuse = (message: string, remedy: string): never => {
  throw new FoglineError("FL4015", message, { remedy });
};

const serversIn = (text: string): URL[] => {
  const urls = text.split(",").map((part) => URL.parse(part.trim()));
  if (urls.every((url) => url !== null && schemes.has(url.protocol) && url.hostname !== "")) return urls as URL[];
  return refuse("natsUrl is not the address of a NATS server", "Write it like nats://user:password@host:4222, or with tls:// in front.");
};

const authenticatorOf = ({ credentialsFile }: NatsSettings, [first]: readonly URL[]): Authenticator | undefined => {
  if (credentialsFile !== undefined) return fileAuthenticator(credentialsFile);
  const [user, password] = [decodeURIComponent(first?.username ?? ""), decodeURIComponent(first?.password ?? "")];
  if (user === "") return undefined;
  return password === "" ? tokenAuthenticator(user) : usernamePasswordAuthenticator(user, password);
};

const fileAuthenticator = (path: string): Authenticator => {
  const read = (): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new FoglineError("FL4015", `natsCredentialsFile cannot be read: ${textOf(cause)}`, { cause });
    }
  };
  // Seeds of users begin with SU (NATS ADR-14); everything else is a file with JWT and seed.
  const isSeed = read().toString().trim().startsWith("SU");
  return (nonce) => (isSeed ? nkeyAuthenticator(Buffer.from(read().toString().trim())) : credsAuthenticator(read()))(nonce);
};

/** Options of the client library. Throws FL4015 when the settings contradict each other, or would let anybody on the network act as a service. */
export const optionsOf = (settings: NatsSettings, { name, random }: { name: string; random: Random }): NodeConnectionOptions => {
  const { caFile, certificateFile: certFile, keyFile } = settings;
  const servers = serversIn(settings.url);
  if ((certFile === undefined) !== (keyFile === undefined))
    refuse("of natsCertificateFile and natsKeyFile one is set and the other is not", "Set both, or none.");
  const authenticator = authenticatorOf(settings, servers);
  const proves = authenticator !== undefined || certFile !== undefined;
  if (!proves && servers.some(({ hostname }) => !loopback.has(hostname)))
    refuse(
      "natsUrl leads beyond this machine and has no login",
      "Whoever reaches the server may act as any service: give it users, and this process one of them.",
    );
  const encrypted = caFile !== undefined || certFile !== undefined || servers.some(({ protocol }) => protocol === "tls:");
  return {
    name,
    servers: servers.map(({ host }) => host),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(encrypted
      ? {
          tls: {
            ...(caFile === undefined ? {} : { caFile }),
            ...(certFile === undefined ? {} : { certFile }),
            ...(keyFile === undefined ? {} : { keyFile }),
          },
        }
      : {}),
    timeout: dialMsMax,
    pingInterval: pingMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => reconnectMs * (0.5 + random.unit() / 2),
    // A server that refuses the login now may know it again after its next reload.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  };
};
