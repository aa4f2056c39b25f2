import type { Exposure } from "@fogline/embedded";
import { FoglineError } from "@fogline/findings";
import { type Command, InvalidArgumentError, Option } from "commander";

/** The options of `fogline up` and `fogline hub install` that say how the hub is reached, as commander gives them. */
export interface ExposureOptions {
  readonly publicUrl?: string;
  readonly bind?: string;
  readonly agentBind?: string;
  readonly behindProxy?: string | true;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly tlsMin?: "1.2" | "1.3";
  readonly acme?: string;
  readonly acmeEmail?: string;
  readonly acmeCa?: string;
  readonly httpPort?: number;
}

/** Directories that have a name of their own here. */
const authorities: Readonly<Record<string, string>> = {
  letsencrypt: "https://acme-v02.api.letsencrypt.org/directory",
  "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
};

const ownMachine = "127.0.0.1/32,::1/128";
const portMax = 65_535;

const portNumber = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > portMax || text.trim() === "")
    throw new InvalidArgumentError(`a port from 0 to ${portMax} is needed`);
  return port;
};

/** Which environment variable stands for which option: a service is configured by its environment file. */
export const exposureVariables = {
  publicUrl: "FOGLINE_PUBLIC_URL",
  bind: "FOGLINE_BIND",
  agentBind: "FOGLINE_AGENT_BIND",
  behindProxy: "FOGLINE_TRUSTED_PROXIES",
  tlsCertificate: "FOGLINE_TLS_CERTIFICATE",
  tlsKey: "FOGLINE_TLS_KEY",
  tlsMin: "FOGLINE_TLS_MIN",
  acme: "FOGLINE_ACME",
  acmeEmail: "FOGLINE_ACME_EMAIL",
  acmeCa: "FOGLINE_ACME_CA",
  httpPort: "FOGLINE_HTTP_PORT",
} as const satisfies Record<keyof ExposureOptions, string>;

/** Adds the options to a command; each can also be given by its environment variable. */
export const addExposureOptions = (command: Command): Command => {
  const known = Object.keys(authorities).join(", ");
  const variables = exposureVariables;
  return command
    .addOption(new Option("--public-url <url>", "what people have in their address bar, like https://fog.example.org").env(variables.publicUrl))
    .addOption(new Option("--bind <address>", "address that people and agents connect to (default: 127.0.0.1)").env(variables.bind))
    .addOption(new Option("--agent-bind <address>", "address that agents connect to, where it is another").env(variables.agentBind))
    .addOption(
      new Option("--behind-proxy [ranges]", "a proxy in front does TLS, from these addresses (default: this machine's)").env(variables.behindProxy),
    )
    .addOption(new Option("--tls-certificate <file>", "PEM certificate with its chain, read again when it changes").env(variables.tlsCertificate))
    .addOption(new Option("--tls-key <file>", "its private key, PEM").env(variables.tlsKey))
    .addOption(new Option("--tls-min <version>", "the oldest TLS spoken to people (default: 1.2)").choices(["1.2", "1.3"]).env(variables.tlsMin))
    .addOption(new Option("--acme <directory>", `gets and renews the certificate there: a URL, or ${known}`).env(variables.acme))
    .addOption(new Option("--acme-email <address>", "where the certificate authority may write to").env(variables.acmeEmail))
    .addOption(new Option("--acme-ca <file>", "PEM to trust for the directory itself, where it is not a public one").env(variables.acmeCa))
    .addOption(
      new Option("--http-port <port>", "plain HTTP for challenges and redirects (default with --acme: 80)")
        .argParser(portNumber)
        .env(variables.httpPort),
    );
};

const usage = (message: string, remedy: string): never => {
  throw new FoglineError("FL4015", message, { remedy });
};

/** What the options come to. Throws FL4015 when two of them exclude each other or one is missing. */
export const exposureOf = (options: ExposureOptions): Exposure => {
  const { tlsCertificate, tlsKey, acme, acmeEmail, acmeCa, behindProxy } = options;
  if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
    usage("of --tls-certificate and --tls-key one is given and the other is not", "give both, or let --acme get a certificate");
  }
  if (tlsCertificate !== undefined && acme !== undefined) {
    usage("--tls-certificate and --acme are both given", "the certificate comes from files or from an authority: choose one");
  }
  if (acme === undefined && (acmeEmail ?? acmeCa) !== undefined)
    usage("--acme-email and --acme-ca need --acme", `give --acme letsencrypt, or a directory's URL`);
  const trustedProxies = behindProxy === true ? ownMachine : behindProxy;
  return {
    ...given("publicUrl", options.publicUrl),
    ...given("bind", options.bind),
    ...given("agentBind", options.agentBind),
    ...given("trustedProxies", trustedProxies),
    ...given("plainPort", options.httpPort),
    ...given("tlsVersionMin", options.tlsMin),
    ...(tlsCertificate === undefined || tlsKey === undefined ? {} : { tls: { kind: "files", certificatePath: tlsCertificate, keyPath: tlsKey } }),
    ...(acme === undefined
      ? {}
      : { tls: { kind: "acme", directoryUrl: directoryOf(acme), ...given("email", acmeEmail), ...given("caPath", acmeCa) } }),
  };
};

const directoryOf = (named: string): string => {
  const url = authorities[named] ?? named;
  if (URL.parse(url)?.protocol !== "https:")
    usage(`"${named}" is no ACME directory`, `give its https URL, or one of ${Object.keys(authorities).join(", ")}`);
  return url;
};

const given = <Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
