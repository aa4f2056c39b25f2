import type { AuditRecord } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";

export interface AuditFilter {
  readonly principal: string | null;
  readonly operation: string | null;
  readonly target: string | null;
  /** Entries before this sequence; null is the newest page. */
  readonly before: string | null;
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[];
  /** Requests of the page's attempts whose outcome is on a newer page. */
  readonly later: ReadonlySet<string>;
}

export const entriesPerPage = 100;

export const auditAddress = (filter: AuditFilter): string => {
  const query = new URLSearchParams({ limit: String(entriesPerPage) });
  for (const [name, value] of Object.entries(filter)) if (value !== null) query.set(name, value);
  return `/api/audit?${query.toString()}`;
};

export const verifyTimeoutMs = 60_000;

type Listed = Answer<{ readonly entries: readonly AuditRecord[] }>;

/** Reads a page of entries. An attempt at its newer edge may have its outcome on the page before, so the entries that follow are looked at too. */
export const readAudit = async (address: string): Promise<Answer<AuditPage>> => {
  const page: Listed = await ask("GET", address);
  if (!page.ok) return page;
  const { entries } = page.value;
  const [newest] = entries;
  const whole = { ok: true, value: { entries, later: new Set<string>() } } as const;
  if (newest === undefined || !address.includes("before=")) return whole;
  const following: Listed = await ask("GET", `/api/audit?after=${newest.sequence}&limit=${entriesPerPage}`);
  if (!following.ok) return following;
  const later = following.value.entries.filter(({ outcome }) => outcome !== "attempted").map(({ requestId }) => requestId);
  return { ok: true, value: { entries, later: new Set(later) } };
};
