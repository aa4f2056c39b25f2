import type { Device, Fleet } from "./model.ts";
import { type ReportInterval, reportIntervalsOf } from "./report-interval.ts";
import type { Tier } from "./tiers.ts";

/** What the registry of a hub is told of a device. */
export interface DeclaredNode {
  readonly id: string;
  readonly site: string;
  readonly region: string;
  readonly cluster: string | null;
  readonly tier: Tier;
  readonly ring: string | null;
  readonly hardware: string;
  readonly connectivity: string;
  readonly residency: string | null;
  readonly availability: number;
  readonly labels: Record<string, string>;
  readonly reportIntervalMs?: number;
}

/** The part of a declaration that says how often a device reports: nothing where the hub's own interval holds. */
export const declaredInterval = ({ intervalMs, from }: ReportInterval): Pick<DeclaredNode, "reportIntervalMs"> =>
  from === "hub" ? {} : { reportIntervalMs: intervalMs };

/** The devices of a fleet as the registry of a hub holds them, in the order of the fleet file. */
export const nodeDeclarations = (fleet: Pick<Fleet, "devices" | "sites" | "workloads">): DeclaredNode[] => {
  const sites = new Map(fleet.sites.map((site) => [site.name, site]));
  const intervalOf = reportIntervalsOf(fleet);
  return fleet.devices.map((device: Device) => ({
    id: device.id,
    site: device.site,
    region: sites.get(device.site)?.region ?? "",
    cluster: device.cluster ?? null,
    tier: device.tier,
    ring: device.ring,
    hardware: device.hardware,
    connectivity: device.connectivity.name,
    residency: sites.get(device.site)?.residency ?? null,
    availability: device.availability,
    labels: { ...device.labels },
    ...declaredInterval(intervalOf(device)),
  }));
};
