import { mkdirSync, readFileSync } from "node:fs";
import { acmeCertificate, type CertificateSource, certificateFromFiles, openPlainPort, type PlainPort } from "@fogline/certificates";
import { FoglineError, textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { Log } from "@fogline/service";
import type { DataFolder } from "./data-folder.ts";
import { readSecret, writeSecret } from "./secret-file.ts";

/** How a hub is reached from beyond this machine. Without any of it, it serves the loopback in plain HTTP. */
export interface Exposure {
  /** What people have in their address bar, as `https://fog.example.org`. */
  readonly publicUrl?: string;
  /** Address that the people's port listens on. 127.0.0.1 unless given. */
  readonly bind?: string;
  /** Address that the agents' port listens on; that of the people's port unless given. */
  readonly agentBind?: string;
  /** Addresses and CIDRs of the proxies that do TLS in front of the people's port, separated by commas. */
  readonly trustedProxies?: string;
  readonly tls?: TlsOrigin;
  /** Port of plain HTTP beside TLS, for an authority's challenges and for readers who come without TLS; none unless given, 80 with ACME. */
  readonly plainPort?: number;
  readonly tlsVersionMin?: "1.2" | "1.3";
}

/** Where the certificate of the people's port comes from. */
type TlsOrigin =
  | { readonly kind: "files"; readonly certificatePath: string; readonly keyPath: string }
  | { readonly kind: "acme"; readonly directoryUrl: string; readonly email?: string; readonly caPath?: string };

/** What is open for an {@link Exposure}. */
export interface Exposed {
  readonly tls?: CertificateSource;
  /** The gateway's environment for it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where people, and this machine's own commands, reach the people's port. */
  url(httpPort: number): string;
  stop(): Promise<void>;
}

const loopback = "127.0.0.1";
const httpPortDefault = 80;
/** Addresses that mean every address of the machine: where one listens, none can be asked for. */
const everywhere: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** What devices call this machine: the public name, else the address that it listens on where that is one. */
const agentNamesOf = (publicUrl: string | undefined, agentBind: string): string => {
  const name = publicUrl === undefined ? undefined : URL.parse(publicUrl)?.hostname.replace(/^\[|\]$/g, "");
  return [name, everywhere.has(agentBind) || agentBind === loopback ? undefined : agentBind].filter((one) => one !== undefined).join(",");
};

/** Opens the plain port and gets the certificate. Throws FL4015 when the settings contradict each other, FL4016 and FL4061. */
export const expose = async (
  exposure: Exposure,
  parts: { readonly data: DataFolder; readonly clock: Clock; readonly log: Log },
): Promise<Exposed> => {
  const { publicUrl, bind = loopback, agentBind = bind, trustedProxies = "", tls: origin, tlsVersionMin = "1.2" } = exposure;
  refuseContradiction(exposure);
  const environment = {
    HTTP_HOST: bind,
    AGENT_HOST: agentBind,
    AGENT_NAMES: agentNamesOf(publicUrl, agentBind),
    PUBLIC_URL: publicUrl ?? "",
    TRUSTED_PROXIES: trustedProxies,
    TLS_VERSION_MIN: tlsVersionMin,
  };
  const own = bind.includes(":") ? `[${bind}]` : bind;
  const nearUrl = (port: number): string => `http://${everywhere.has(bind) ? loopback : own}:${port}`;
  if (origin === undefined) return { environment, url: nearUrl, stop: async () => undefined };

  const plain = await plainPortOf(exposure, bind);
  try {
    const tls = await certificateOf(origin, exposure, plain, parts);
    return {
      tls,
      environment,
      // The certificate is for the public name, so that is the only one by which even this machine can ask.
      url: (port) => publicUrl?.replace(/\/$/, "") ?? nearUrl(port).replace("http:", "https:"),
      stop: async () => {
        tls.stop();
        await plain?.close();
      },
    };
  } catch (thrown) {
    await plain?.close();
    throw thrown;
  }
};

const refuseContradiction = ({ tls, publicUrl, plainPort }: Exposure): void => {
  const refuse = (message: string, remedy: string): never => {
    throw new FoglineError("FL4015", message, { remedy });
  };
  if (publicUrl !== undefined && URL.parse(publicUrl) === null)
    refuse(`the public URL "${publicUrl}" is none`, "write it like https://fog.example.org");
  if (tls !== undefined && publicUrl?.startsWith("http:") === true)
    refuse(`the public URL ${publicUrl} is without TLS and the hub has a certificate`, "write it with https");
  if (tls?.kind === "acme" && publicUrl === undefined)
    refuse("a certificate by ACME needs the name that it is for", "give the public URL, as https://fog.example.org");
  if (plainPort !== undefined && tls === undefined)
    refuse("a port for plain HTTP beside TLS needs a certificate", "give a certificate and its key, or an ACME directory");
  if (plainPort !== undefined && publicUrl === undefined)
    refuse("a port for plain HTTP needs to know where to send people", "give the public URL, as https://fog.example.org");
};

const plainPortOf = async ({ tls, plainPort, publicUrl }: Exposure, host: string): Promise<PlainPort | undefined> => {
  const port = plainPort ?? (tls?.kind === "acme" ? httpPortDefault : undefined);
  return port === undefined || publicUrl === undefined ? undefined : openPlainPort({ host, port, publicUrl });
};

const certificateOf = async (
  origin: TlsOrigin,
  { publicUrl = "" }: Exposure,
  plain: PlainPort | undefined,
  { data, clock, log }: { readonly data: DataFolder; readonly clock: Clock; readonly log: Log },
): Promise<CertificateSource> => {
  if (origin.kind === "files") return certificateFromFiles(origin, { clock, log });
  const { directoryUrl, email, caPath } = origin;
  const folder = data.at("tls");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return acmeCertificate(
    {
      directoryUrl,
      hostnames: [new URL(publicUrl).hostname],
      ...(email === undefined ? {} : { email }),
      ...(caPath === undefined ? {} : { ca: textIn(caPath) }),
    },
    {
      clock,
      log,
      store: { read: (name) => readSecret(data.at("tls", name)), write: (name, text) => writeSecret(data.at("tls", name), text) },
      present: (token, answer) => plain?.present(token, answer) ?? (() => undefined),
    },
  );
};

const textIn = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new FoglineError("FL4061", `${path} cannot be read: ${textOf(cause)}`, { cause });
  }
};
