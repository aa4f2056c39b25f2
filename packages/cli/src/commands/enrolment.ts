import { createEnrolment, listCertificates, type Output, revokeCertificates } from "@fogline/contracts";
import { formatDurationMs } from "@fogline/units";
import type { Context } from "../context.ts";
import type { Column } from "../output.ts";

type Certificate = Output<(typeof listCertificates)["response"]>["certificates"][number];

const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

export interface EnrolOptions {
  /** How long the token is good for, in milliseconds. */
  readonly for?: number;
}

/** `fogline device enrol <device>`: a one-time token, and what to type on the device. */
export const deviceEnrolCommand = async ({ output, hub, clock }: Context, id: string, options: EnrolOptions): Promise<void> => {
  const enrolment = await hub().call(createEnrolment, { id, ...(options.for === undefined ? {} : { ttlMs: options.for }) });
  output.value({ enrolment });
  const left = formatDurationMs(Math.max(1_000, Math.round((enrolment.expiresAtMs - clock.now()) / 1_000) * 1_000));
  output.line(`${id} may enrol once, within ${left}, until ${minute(enrolment.expiresAtMs)}; earlier tokens for it are worthless now`);
  output.line(`  token       ${enrolment.token}`);
  output.line(`  on ${id}`);
  output.line(`    ${enrolment.command}`);
};

/** `fogline device revoke <device>`: its certificates open nothing any more. */
export const deviceRevokeCommand = async ({ output, hub }: Context, id: string): Promise<void> => {
  const { revoked } = await hub().call(revokeCertificates, { id });
  output.value({ id, revoked });
  output.line(
    revoked === 0
      ? `${id} has no certificate that was valid`
      : `${id}: ${revoked} ${revoked === 1 ? "certificate" : "certificates"} revoked; its connection ends within 5 s. back in: fogline device enrol ${id}`,
  );
};

const stateOf = ({ revokedAtMs, notAfterMs }: Certificate, nowMs: number): string => {
  if (revokedAtMs !== null) return `revoked ${minute(revokedAtMs)}`;
  return notAfterMs <= nowMs ? "ended" : "valid";
};

const columns = (nowMs: number): Column<Certificate>[] => [
  { title: "SERIAL", text: ({ serial }) => serial },
  { title: "FROM", text: ({ notBeforeMs }) => minute(notBeforeMs) },
  { title: "UNTIL", text: ({ notAfterMs }) => minute(notAfterMs) },
  { title: "STATE", text: (certificate) => stateOf(certificate, nowMs) },
];

/** `fogline device certificates <device>`. */
export const deviceCertificatesCommand = async ({ output, hub, clock }: Context, id: string): Promise<void> => {
  const { certificates } = await hub().call(listCertificates, { id });
  output.value({ certificates });
  if (certificates.length === 0) output.line(`${id} has no certificate: fogline device enrol ${id}`);
  else output.table(certificates, columns(clock.now()));
};
