import { textOf } from "@fogline/findings";

export interface Health {
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly reason: string;
}

export type HealthCheck = () => Promise<Health>;

const severity: Readonly<Record<Health["status"], number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/** The worst of all checks with the reasons of those that are not healthy; a check that throws is unhealthy. */
export const worstOf = async (checks: readonly HealthCheck[]): Promise<Health> => {
  const results = await Promise.all(
    checks.map((check) => check().catch((thrown: unknown): Health => ({ status: "unhealthy", reason: textOf(thrown) }))),
  );
  const bad = results.filter(({ status }) => status !== "healthy").sort((a, b) => severity[b.status] - severity[a.status]);
  const [worst] = bad;
  if (worst === undefined) return { status: "healthy", reason: results.map(({ reason }) => reason).join("; ") || "running" };
  return { status: worst.status, reason: bad.map(({ reason }) => reason).join("; ") };
};
