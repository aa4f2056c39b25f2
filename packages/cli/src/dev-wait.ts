import type { DevState } from "@fogline/dev-cluster";
import { FoglineError } from "@fogline/findings";
import type { Context } from "./context.ts";
import { type DevFlux, devFlux, isSettled } from "./dev-flux.ts";

const patienceMs = 300_000;
const everyMs = 500;
/** What Flux refuses it tries again, and some of it only came too early. */
const refusedMs = 20_000;

export interface WaitOptions {
  readonly clock: Context["clock"];
  /** Told of every Kustomization once, when it runs the commit. */
  readonly ready: (kustomization: string) => void;
}

/** Waits until all of a dev cluster runs the commit. Rejects with FL4186 where that does not come about. */
export const settled = async (folder: string, state: DevState, { clock, ready }: WaitOptions): Promise<DevFlux> => {
  const began = clock.monotonicMs();
  const told = new Set<string>();
  let refusedSince: number | undefined;
  for (;;) {
    const flux = await devFlux(folder, state).catch(() => undefined);
    const now = clock.monotonicMs();
    for (const { name, state: at } of flux?.kustomizations ?? []) {
      if (at !== "ready" || told.has(name)) continue;
      told.add(name);
      ready(name);
    }
    if (flux !== undefined && isSettled(flux)) return flux;
    refusedSince = flux?.state === "refused" ? (refusedSince ?? now) : undefined;
    if (now - began > patienceMs || (refusedSince !== undefined && now - refusedSince > refusedMs))
      throw new FoglineError("FL4186", flux?.reason ?? "the API server does not answer");
    await clock.sleep(everyMs);
  }
};
