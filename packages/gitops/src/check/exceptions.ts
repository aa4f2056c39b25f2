import { codes, type Finding } from "@fogline/findings";
import type { Exception } from "@fogline/fleet";

/** A finding that an exception of the fleet file silences. */
export interface Excepted {
  readonly finding: Finding;
  readonly exception: Exception;
}

/** What is left of the findings, and what was silenced by which exception. */
export interface Judged {
  readonly findings: readonly Finding[];
  readonly excepted: readonly Excepted[];
}

/**
 * Takes out the findings that the fleet file excepts. `today` is a date such as 2026-11-26; an exception holds through its last day. One that has
 * expired silences nothing and is an error of its own; one that silences nothing is a warning.
 */
export const applyExceptions = (findings: readonly Finding[], exceptions: readonly Exception[], today: string): Judged => {
  const valid = exceptions.filter(({ until }) => until >= today);
  const excepted: Excepted[] = [];
  const used = new Set<Exception>();
  const left = findings.filter((finding) => {
    const exception = mayBeExcepted(finding.code) ? valid.find((one) => covers(one, finding)) : undefined;
    if (exception === undefined) return true;
    used.add(exception);
    excepted.push({ finding, exception });
    return false;
  });
  const expired = exceptions
    .filter(({ until }) => until < today)
    .map((one) => about(one, "FL2291", `the exception from ${subject(one)} ended on ${one.until}`));
  const unused = valid.filter((one) => !used.has(one)).map((one) => about(one, "FL2292", `nothing needs the exception from ${subject(one)}`));
  return { findings: [...left, ...expired, ...unused], excepted };
};

const mayBeExcepted = (code: string): boolean => !Object.entries(codes).some(([known, entry]) => known === code && "exception" in entry);

const about = (exception: Exception, code: "FL2291" | "FL2292", message: string): Finding => ({
  code,
  severity: code === "FL2291" ? "error" : "warning",
  message,
  place: exception.place,
  remedy: codes[code].remedy,
});

const subject = ({ code, object, cluster }: Exception): string =>
  [code, ...(object === undefined ? [] : [`for ${object}`]), ...(cluster === undefined ? [] : [`in ${cluster}`])].join(" ");

/** Whether an exception speaks of a finding: the code, and the cluster and object where it names them. */
const covers = ({ code, object, cluster }: Exception, finding: Finding): boolean =>
  code === finding.code &&
  (cluster === undefined || cluster === finding.cluster) &&
  (object === undefined || (finding.object !== undefined && patternOf(object).test(finding.object)));

/** `Deployment fogline/x-*` as an expression: a star stands for any text without a slash. */
const patternOf = (object: string): RegExp => new RegExp(`^${object.split("*").map(literally).join("[^/]*")}$`);

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
