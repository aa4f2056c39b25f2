import type { Certificate } from "./certificate.ts";

/** A certificate that may be replaced while it is used. */
export interface CertificateSource {
  current(): Certificate;
  /** Calls `use` with each new one until the returned function is called. */
  onChange(use: (certificate: Certificate) => void): () => void;
  /** Nothing is looked at or renewed any more. */
  stop(): void;
}

/** Where a source tells what nobody asked for: a renewal, a broken file. */
export interface CertificateLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** What every source is beneath: a certificate and who wants to know of the next. */
export const replaceable = (first: Certificate) => {
  let current = first;
  const users = new Set<(certificate: Certificate) => void>();
  return {
    current: (): Certificate => current,
    onChange: (use: (certificate: Certificate) => void): (() => void) => {
      users.add(use);
      return () => void users.delete(use);
    },
    replace: (next: Certificate): void => {
      current = next;
      for (const use of users) use(next);
    },
  };
};
