import { addSimulatedDevice, type Failure, failureOf, getNode, type Input, type NodeDeclaration } from "@fogline/contracts";
import { fail, ok, type Result } from "@fogline/findings";
import {
  declaredInterval,
  type Fleet,
  type HardwareProfile,
  hardware,
  hardwareNames,
  type KnownHardware,
  reportIntervalsOf,
  type Site,
  tierAlone,
  tiers,
} from "@fogline/fleet";
import type { Client } from "@fogline/rpc";

/** A simulated device that the fleet file does not know. */
export interface AddedDevice {
  readonly declaration: NodeDeclaration;
  readonly profile: KnownHardware;
  readonly site: Site;
}

type Wish = Input<(typeof addSimulatedDevice)["request"]>;
type Refusal = Failure<(typeof addSimulatedDevice)["errors"]>;

/** More would be a mistake of who asks. */
export const addedMax = 500;

const profileOf = (name: string): KnownHardware | undefined => {
  const profile: HardwareProfile | undefined = (hardware as Readonly<Record<string, HardwareProfile>>)[name];
  return Object.hasOwn(hardware, name) && profile?.kind === "known" ? profile : undefined;
};

/** What a device that somebody asks for will be, or why it cannot be. */
export const planAdded = (wish: Wish, fleet: Fleet | undefined, added: ReadonlySet<string>): Result<AddedDevice, Refusal> => {
  const { id, hardware: name = "pi-5-8" } = wish;
  const cannot = (why: string) => fail(failureOf(addSimulatedDevice, "cannotSimulate", { why }));
  if (fleet === undefined) return cannot("no fleet is applied yet");
  if (added.has(id) || fleet.devices.some((device) => device.id === id)) return fail(failureOf(addSimulatedDevice, "idTaken", { id }));
  const profile = profileOf(name);
  if (profile === undefined) {
    const known = hardwareNames.filter((one) => one !== "detected");
    return fail(failureOf(addSimulatedDevice, "unknownHardware", { hardware: name, known }));
  }
  if (added.size >= addedMax) return cannot(`${added.size} devices were added already, the limit is ${addedMax}`);
  const site = wish.site === undefined ? fleet.sites[0] : fleet.sites.find((one) => one.name === wish.site);
  if (site === undefined) return cannot(`no site "${wish.site ?? ""}"; those known: ${fleet.sites.map((one) => one.name).join(", ")}`);
  const tier = tierAlone[profile.deviceClass];
  const declaration = {
    ...{ id, site: site.name, region: site.region, cluster: null, tier, ring: null, hardware: name },
    ...{ connectivity: site.connectivity.name, residency: site.residency, availability: tiers[tier].availability, labels: {} },
    ...declaredInterval(reportIntervalsOf(fleet)({ connectivity: site.connectivity })),
  };
  return ok({ declaration, profile, site });
};

/** Whether the registry knows a node of that id, whoever declared it. */
export const isRegistered = async (client: Client, id: string): Promise<boolean> => (await client.call(getNode, { id })).ok;
