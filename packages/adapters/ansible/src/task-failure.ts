import type { Finding } from "@fogline/findings";

/** A task of a role that failed. */
export interface FailedTask {
  readonly device: string;
  readonly role: string;
  readonly task: string;
  readonly message: string;
}

/** How roles say what is wrong: a code, what and where it is, then the remedy. Several problems are one a line. */
const SAID = /\b(FL\d{4}): (.+?)(?:[.;]? fix: (.+?))?(?=\s*(?:\n|$)|\s+FL\d{4}: )/g;
/** A module's own message may be a page. */
const MESSAGE_CHARACTERS_MAX = 400;

/** What a failed task said, as findings: each problem that its role names with a code, else the message of its module. Never empty. */
export const taskFailure = ({ device, role, task, message }: FailedTask): readonly [Finding, ...Finding[]] => {
  const found = [...message.matchAll(SAID)].map(
    ([, code = "FL4109", what = "", remedy]): Finding => ({
      ...{ code, severity: "error", message: what.includes(device) ? what : `${device}: ${what}` },
      ...(remedy === undefined ? {} : { remedy: sentence(remedy) }),
    }),
  );
  const [first, ...others] = found;
  if (first !== undefined) return [first, ...others];
  const short = message.length > MESSAGE_CHARACTERS_MAX ? `${message.slice(0, MESSAGE_CHARACTERS_MAX)}...` : message;
  const where = role === "" ? `task "${task}"` : `role ${role}, task "${task}"`;
  return [
    {
      code: "FL4109",
      severity: "error",
      message: `${device}: ${where} failed: ${short === "" ? "it said nothing" : short.replaceAll(/\s*\n\s*/g, "; ")}`,
    },
  ];
};

const sentence = (text: string): string => {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}`;
};
