import { BlockList, isIP, type Socket } from "node:net";
import { FoglineError } from "@fogline/findings";
import type { GatewayConfig } from "../config.ts";

/** A certificate with its chain, and its private key, both PEM. */
export interface PeopleCertificate {
  readonly chain: string;
  readonly key: string;
}

/** Where the certificate of the people's port comes from. It may be replaced while connections are open. */
export interface PeopleTls {
  current(): PeopleCertificate;
  /** Calls `use` with each new one until the returned function is called. */
  onChange(use: (certificate: PeopleCertificate) => void): () => void;
}

type Settings = Pick<GatewayConfig, "httpHost" | "trustedProxies" | "publicUrl" | "tlsVersionMin">;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const isLoopback = (host: string): boolean => {
  const version = isIP(host);
  return version === 0 ? host === "localhost" : loopback.check(host, version === 6 ? "ipv6" : "ipv4");
};

/** The proxies that may say whom they speak for, as CIDRs. */
const proxiesOf = ({ trustedProxies }: Pick<Settings, "trustedProxies">): string[] =>
  trustedProxies
    .split(",")
    .map((range) => range.trim())
    .filter((range) => range !== "");

/** Passwords and tokens must not cross a network in the clear: without TLS here or in a proxy in front, only this machine is served. Throws FL4015. */
export const refuseClearText = (settings: Settings, tls: PeopleTls | undefined): void => {
  const { httpHost } = settings;
  if (tls !== undefined || isLoopback(httpHost) || proxiesOf(settings).length > 0) return;
  throw new FoglineError("FL4015", `the people's port would listen on ${httpHost} without TLS, where passwords and tokens could be read on the way`, {
    remedy: "give it a certificate, name the proxies that do TLS in front of it (trustedProxies), or listen on 127.0.0.1",
  });
};

/**
 * Who may connect. Where people come by a proxy that does TLS, whoever comes past it would speak in the clear: such a connection is closed before
 * anything is said on it. This machine itself may.
 */
export const mayConnect = (settings: Settings, tls: PeopleTls | undefined): ((socket: Pick<Socket, "remoteAddress" | "localAddress">) => boolean) => {
  if (tls !== undefined || isLoopback(settings.httpHost)) return () => true;
  const proxies = new BlockList();
  for (const range of proxiesOf(settings)) {
    const [address = "", bits] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  return ({ remoteAddress: address = "", localAddress }) => {
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    return isIP(address) > 0 && (address === localAddress || loopback.check(address, family) || proxies.check(address, family));
  };
};

/** What fastify is told of proxies: from their addresses, and no others, X-Forwarded-For and X-Forwarded-Proto count. */
export const trustOf = (settings: Settings): { trustProxy: string[] | false } => {
  const trusted = proxiesOf(settings);
  return { trustProxy: trusted.length > 0 ? trusted : false };
};

/** What Node's server is told of TLS; nothing without it. Ciphers and order of preference are Node's: TLS 1.3 first. */
export const secured = ({ tlsVersionMin }: Settings, tls: PeopleTls | undefined) => {
  if (tls === undefined) return undefined;
  const { chain, key } = tls.current();
  return { cert: chain, key, minVersion: `TLSv${tlsVersionMin}` as const };
};

const yearSeconds = 31_536_000;

/** Browsers that have once come by TLS come by nothing else for a year. Only said where people do come by TLS: here, or at a proxy. */
export const strictTransport = ({ publicUrl }: Settings, tls: PeopleTls | undefined): Record<string, string> =>
  tls !== undefined || publicUrl?.startsWith("https:") === true ? { "strict-transport-security": `max-age=${yearSeconds}` } : {};
