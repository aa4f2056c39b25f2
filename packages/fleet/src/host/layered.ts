import type { FleetDocument, Path, Table } from "../document.ts";
import { hardware, isHardwareName } from "../hardware.ts";
import { hostLayers, type Layer, laidOver } from "../layers.ts";
import { isTable, tableOf, textOf } from "../raw.ts";
import { isOurs } from "./build.ts";
import { hostFacts } from "./facts.ts";

interface Declared {
  readonly fields: Table;
  readonly pathOf: (field?: string) => Path;
}

/** Options that only a node of a cluster has. */
const nodeOptions = ["taints", "kubelet", "k3s"];

/** The layers of a device's `host`, what does not concern it left out; its own statement, the last, is there as it is. */
export const layersOfHost = (document: FleetDocument, { fields, pathOf }: Declared): Layer[] => {
  const own: Layer | undefined = isTable(fields.host) ? { name: "device", table: fields.host, path: pathOf("host") } : undefined;
  const home = { cluster: textOf(fields.cluster), site: textOf(fields.site), tier: textOf(fields.tier), ring: textOf(fields.ring) };
  const concerns = concernOf(fields);
  return hostLayers(document, home, own).flatMap((layer) => {
    if (layer === own) return [layer];
    const table = Object.fromEntries(Object.entries(layer.table).filter(([key, value]) => concerns(key, value)));
    return Object.keys(table).length === 0 ? [] : [{ ...layer, table }];
  });
};

/**
 * Whether something said of a whole place concerns this device: `clocks` said of a tier is meant for its Jetsons and not for the Pis beside them, and
 * nothing of it for a phone. What a device states itself must fit, and the rules say where it does not.
 */
const concernOf = (fields: Table): ((key: string, value: unknown) => boolean) => {
  const name = textOf(fields.hardware) ?? "";
  if (!isHardwareName(name) || !hostFacts[name].provisioned) return () => false;
  const { powerModes, governors, boot } = hostFacts[name];
  const known = hardware[name].kind === "known";
  return (key, value) => {
    if (key === "clocks") return powerModes;
    if (key === "eeprom") return boot !== "other";
    if (key === "governor") return !known || governors.some((governor) => governor === value);
    // What a place opens or closes is no rule for a laptop that somebody brings along.
    if (key === "firewall") return isOurs(hardware[name], fields.cluster !== undefined);
    return fields.cluster !== undefined || !nodeOptions.includes(key);
  };
};

/** A device's fields with what the layers say of its host. */
export const withLayeredHost = (document: FleetDocument, device: Declared): Table => {
  const layers = layersOfHost(document, device);
  return layers.length === 0 || (layers.length === 1 && layers[0]?.name === "device")
    ? device.fields
    : { ...device.fields, host: tableOf(laidOver(layers)) };
};
