import type { User } from "@fogline/contracts";
import { counted } from "./format.ts";

/** Who may come in, in one sentence. */
export const peopleAnswer = (users: readonly User[]): string => {
  const admins = users.filter(({ role, disabled }) => role === "admin" && !disabled).length;
  const disabled = users.filter((user) => user.disabled).length;
  const parts = [`${counted(users.length, "person", "people")} may come in`, counted(admins, "admin")];
  if (disabled > 0) {
    parts[0] = `${counted(users.length - disabled, "person", "people")} may come in`;
    parts.push(`${disabled} disabled`);
  }
  return parts.join(", ");
};

/** How a user signs in. */
export const signInText = ({ external, hasPassword }: User): string => {
  if (external) return "at the identity provider";
  return hasPassword ? "with a password" : "by a link only";
};

const programs: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Windows/, "Windows"],
  [/Linux/, "Linux"],
];
const textMax = 40;

/** The program that a session was opened with, as people call it; its own words where it is not known. */
export const programText = (userAgent: string): string => {
  const program = programs.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (program !== undefined) return system === undefined ? program : `${program} on ${system}`;
  if (userAgent === "") return "not said";
  return userAgent.length <= textMax ? userAgent : `${userAgent.slice(0, textMax - 1)}…`;
};

const namePattern = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;

export const nameProblem = (name: string): string | undefined =>
  namePattern.test(name) ? undefined : "lower case letters, digits, dots, dashes and underscores, like ada";

export const passwordLengthMin = 12;

export const linkAddress = (origin: string, code: string): string => `${origin}/#code=${code}`;
