export { type AcmeSettings, acmeCertificate } from "./acme/kept.ts";
export { type Certificate, selfSigned } from "./certificate.ts";
export { certificateFromFiles } from "./files.ts";
export { openPlainPort, type PlainPort } from "./plain-port.ts";
export type { CertificateLog, CertificateSource } from "./source.ts";
