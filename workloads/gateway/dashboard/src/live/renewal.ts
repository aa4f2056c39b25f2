/**
 * Keeps the access token fresh. Both tokens are cookies that no script can read; what is known here is only when the access token ends.
 *
 * Invariants: one renewal at a time in the whole browser (a lock that all tabs share), because a refresh token is worth one exchange; a tab that
 * waited for the lock sees that another one has renewed, and does not ask again.
 */
const endsAt = "fogline.accessEndsAtMs";
const renewedAt = "fogline.renewedAtMs";
/** Renewed this long before its end. */
const marginMs = 60_000;
/** Timers cannot be longer (2^31 - 1 ms). */
const timerMaxMs = 86_400_000;
const timeoutMs = 8_000;

/** Whether there are new tokens; `refused` means that the session has ended. */
export type Renewal = "renewed" | "refused" | "unreachable";

let underWay: Promise<Renewal> | undefined;
let timer = 0;

const known = (name: string): number => Number(localStorage.getItem(name) ?? 0);

/** Notes when the tokens end that an answer of the hub brought. The hub's clock may be another than this one's: its own date says how far off. */
export const noteTokens = (accessExpiresAtMs: number, hubDate: string | null): void => {
  const hubNowMs = hubDate === null ? Date.now() : Date.parse(hubDate);
  localStorage.setItem(endsAt, String(Date.now() + accessExpiresAtMs - hubNowMs));
  localStorage.setItem(renewedAt, String(Date.now()));
  renewInTime();
};

export const forgetTokens = (): void => {
  clearTimeout(timer);
  localStorage.removeItem(endsAt);
  localStorage.removeItem(renewedAt);
};

/** Renews shortly before the access token ends, if it is known when that is. */
export const renewInTime = (): void => {
  clearTimeout(timer);
  const endsAtMs = known(endsAt);
  if (endsAtMs === 0) return;
  const beganAtMs = Date.now();
  const waitMs = Math.min(timerMaxMs, Math.max(1_000, endsAtMs - marginMs - beganAtMs));
  timer = setTimeout(() => void renewed(beganAtMs).then((how) => how === "renewed" && renewInTime()), waitMs);
};

/** Gets new tokens unless somebody did since `sinceMs`. */
export const renewed = (sinceMs: number): Promise<Renewal> => {
  underWay ??= alone(async () => (known(renewedAt) > sinceMs ? "renewed" : exchange())).finally(() => {
    underWay = undefined;
  });
  return underWay;
};

/** Over plain http on another name than localhost there are no locks; then each tab is alone, and the hub's grace for two of them holds. */
const alone = (work: () => Promise<Renewal>): Promise<Renewal> =>
  navigator.locks === undefined ? work() : navigator.locks.request("fogline.renewal", work);

const exchange = async (): Promise<Renewal> => {
  try {
    const response = await fetch("/api/auth/refresh", {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json", "x-fogline-request": "page" },
      body: "{}",
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return response.status < 500 ? "refused" : "unreachable";
    const { accessExpiresAtMs } = (await response.json()) as { accessExpiresAtMs: number };
    noteTokens(accessExpiresAtMs, response.headers.get("date"));
    return "renewed";
  } catch {
    return "unreachable";
  }
};
