export { type Certificate, selfSigned } from "./certificate.ts";
export { type AcmeOrder, newAccountKey, obtainCertificate } from "./order.ts";
