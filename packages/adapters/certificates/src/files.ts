import { readFileSync } from "node:fs";
import { FoglineError, textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import { type Certificate, checkPair, lifeOf } from "./certificate.ts";
import { type CertificateLog, type CertificateSource, replaceable } from "./source.ts";

/** How often the files are looked at. */
const lookMs = 10_000;
const dayMs = 86_400_000;
/** With this little of its life left, a certificate is spoken of once a day. */
const endingMs = 14 * dayMs;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new FoglineError("FL4061", `${path} cannot be read: ${textOf(cause)}`, { cause });
  }
};

/**
 * The certificate in two files, read again whenever they change. Throws FL4061 when they are no pair now. A later state of them that is no pair,
 * as between the writing of one file and the other, changes nothing: the certificate before stays, and the log says why when it lasts.
 */
export const certificateFromFiles = (
  paths: { readonly certificatePath: string; readonly keyPath: string },
  { clock, log }: { readonly clock: Clock; readonly log: CertificateLog },
): CertificateSource => {
  const readPair = (): Certificate => ({ chain: read(paths.certificatePath), key: read(paths.keyPath) });
  const first = readPair();
  checkPair(first, paths.certificatePath, paths.keyPath);
  const held = replaceable(first);
  let problem: string | undefined;
  let toldOf: string | undefined;
  let warnedAtMs = Number.NEGATIVE_INFINITY;

  const warnOfEnd = (): void => {
    const { notAfterMs } = lifeOf(held.current());
    if (notAfterMs - clock.now() > endingMs || clock.now() - warnedAtMs < dayMs) return;
    warnedAtMs = clock.now();
    log.warn(
      { file: paths.certificatePath, notAfter: new Date(notAfterMs).toISOString() },
      "the certificate ends soon; put a newer one in its place",
    );
  };
  const look = (): void => {
    try {
      const pair = readPair();
      if (pair.chain !== held.current().chain || pair.key !== held.current().key) {
        checkPair(pair, paths.certificatePath, paths.keyPath);
        held.replace(pair);
        log.info({ file: paths.certificatePath, notAfter: new Date(lifeOf(pair).notAfterMs).toISOString() }, "the certificate was replaced");
      }
      problem = toldOf = undefined;
    } catch (thrown) {
      // A first look may fall between the writing of one file and of the other; what lasts is said once.
      if (problem === textOf(thrown) && toldOf !== problem) {
        log.error({ cause: problem }, "the new certificate is not used, the one before stays");
        toldOf = problem;
      }
      problem = textOf(thrown);
    }
    warnOfEnd();
  };
  let cancel = (): void => undefined;
  const again = (): void => {
    cancel = clock.after(lookMs, () => {
      look();
      again();
    });
  };
  warnOfEnd();
  again();
  return { current: held.current, onChange: held.onChange, stop: () => cancel() };
};
