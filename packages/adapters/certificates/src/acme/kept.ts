import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import { type Certificate, checkPair, isFor, lifeOf, selfSigned, splitPem } from "../certificate.ts";
import { type CertificateLog, type CertificateSource, replaceable } from "../source.ts";
import { newAccountKey, obtainCertificate } from "./order.ts";

export interface AcmeSettings {
  readonly directoryUrl: string;
  readonly email?: string;
  readonly hostnames: readonly [string, ...string[]];
  /** PEM of the authority that vouches for the directory's own port, where that is not a public one. */
  readonly ca?: string;
}

/** Where secrets are kept, each under a name, readable by this user only. */
interface SecretStore {
  read(name: string): string | undefined;
  write(name: string, text: string): void;
}

interface Parts {
  readonly clock: Clock;
  readonly log: CertificateLog;
  readonly store: SecretStore;
  /** Answers a challenge over plain HTTP until the returned function is called. */
  readonly present: (token: string, answer: string) => () => void;
}

/** Of each authority its own: a certificate of one that is only for trying must not stand for a real one. */
const filesOf = ({ directoryUrl }: AcmeSettings) => {
  const authority = new URL(directoryUrl).host.replaceAll(/[^a-z0-9.-]/g, "-");
  return { account: `acme-${authority}.account.key`, certificate: `acme-${authority}.certificate.key` };
};

/** How often it is looked whether a renewal is due. */
const lookMs = 3_600_000;
/** The pause after a refusal, doubled with each in a row: authorities allow few failures an hour. */
const againMsMin = 60_000;
const againMsMax = 6 * 3_600_000;
const standInLifeMs = 7 * 86_400_000;
/** A certificate is renewed when two thirds of its life are over, which leaves a month of a usual one for whatever is in the way. */
const renewAfter = 2 / 3;

/**
 * A certificate by ACME, kept in `store` and renewed by itself. Until the authority has answered for the first time it is one that nobody
 * vouches for, so that a hub starts whether or not the authority can be reached. A failed renewal is tried again and said in the log.
 */
export const acmeCertificate = async (
  settings: AcmeSettings,
  parts: Parts,
): Promise<CertificateSource & { /** Resolves when what is due now was tried. */ readonly tried: Promise<void> }> => {
  const { clock, log, store } = parts;
  const files = filesOf(settings);
  const kept = keptCertificate(store.read(files.certificate), settings.hostnames);
  const held = replaceable(kept ?? (await selfSigned(settings.hostnames[0], clock.now(), standInLifeMs)));
  let isStandIn = kept === undefined;
  let failures = 0;
  let cancel = (): void => undefined;
  let stopped = false;

  const isDue = (): boolean => {
    const { notBeforeMs, notAfterMs } = lifeOf(held.current());
    return isStandIn || clock.now() >= notBeforeMs + (notAfterMs - notBeforeMs) * renewAfter;
  };
  const renew = async (): Promise<void> => {
    const accountKey = store.read(files.account) ?? (await newAccountKey());
    store.write(files.account, accountKey);
    const certificate = await obtainCertificate({ ...settings, accountKey, clock, present: parts.present });
    checkPair(certificate, "the authority's certificate", "its key");
    store.write(files.certificate, certificate.key + certificate.chain);
    held.replace(certificate);
    isStandIn = false;
    log.info({ hostnames: settings.hostnames, notAfter: new Date(lifeOf(certificate).notAfterMs).toISOString() }, "got a certificate");
  };
  const look = async (): Promise<void> => {
    if (isDue()) {
      try {
        await renew();
        failures = 0;
      } catch (thrown) {
        failures += 1;
        log.error({ cause: textOf(thrown), failures }, "no certificate could be obtained; it is tried again");
      }
    }
    if (!stopped) cancel = clock.after(failures === 0 ? lookMs : Math.min(againMsMax, againMsMin * 2 ** (failures - 1)), () => void look());
  };
  const tried = look();
  return {
    current: held.current,
    onChange: held.onChange,
    tried,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
};

/** What was obtained before, if it is for these names. One file, because a key and a certificate that were written apart may not belong together. */
const keptCertificate = (text: string | undefined, hostnames: readonly string[]): Certificate | undefined => {
  if (text === undefined) return undefined;
  try {
    const certificate = splitPem(text);
    checkPair(certificate, "what was kept", "what was kept");
    return hostnames.every((name) => isFor(certificate, name)) ? certificate : undefined;
  } catch {
    return undefined;
  }
};
