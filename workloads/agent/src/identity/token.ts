import { createHash } from "node:crypto";
import { EnrolmentToken, enrolmentTokenLengthMax, enrolmentTokenPrefix } from "@fogline/contracts/agent-identity";
import { FoglineError } from "@fogline/findings";

/** A one-time token as it was given, and the hash under which it is remembered. */
export interface GivenToken {
  readonly hubUrl: string;
  readonly nodeId: string;
  readonly secret: string;
  /** Of the fleet's CA: `sha256:` and hexadecimal. */
  readonly fingerprint: string;
  readonly hash: string;
}

/** Reads a token. Throws FL4015 without the token in it: what is wrong with it may be half of a secret. */
export const readEnrolmentToken = (text: string): GivenToken => {
  const refuse = (why: string) =>
    new FoglineError("FL4015", `the enrolment token ${why}`, { remedy: "copy all of what `fogline device enrol <id>` printed, or make a new one" });
  if (!text.startsWith(enrolmentTokenPrefix)) throw refuse(`does not begin with ${enrolmentTokenPrefix}`);
  if (text.length > enrolmentTokenLengthMax) throw refuse("is too long");
  const parsed = EnrolmentToken.safeParse(jsonIn(text.slice(enrolmentTokenPrefix.length)));
  if (!parsed.success) throw refuse("is not whole");
  const { u, n, s, f } = parsed.data;
  return { hubUrl: u, nodeId: n, secret: s, fingerprint: f, hash: createHash("sha256").update(s).digest("hex") };
};

const jsonIn = (base64url: string): unknown => {
  try {
    return JSON.parse(Buffer.from(base64url, "base64url").toString());
  } catch {
    return undefined;
  }
};
