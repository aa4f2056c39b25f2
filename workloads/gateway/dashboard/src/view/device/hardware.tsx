import type { NodeRecord } from "@fogline/contracts";
import { durationText, everyText, gibWithUnit, labelsText, nothing } from "../../text/format.ts";
import { Fact } from "../fact.tsx";
import { Time } from "../time.tsx";

const interfacesOf = ({ capabilities }: NodeRecord): string =>
  capabilities?.networkInterfaces
    .map(({ name, kind, speedMbps }) => `${name} (${kind}${speedMbps === null ? "" : `, ${speedMbps} Mbit/s`})`)
    .join(", ") ?? nothing;

/** What the device is made of and where it stands. */
export const Hardware = ({ node }: { node: NodeRecord }) => {
  const { capabilities: of, state } = node;
  return (
    <section aria-labelledby="hardware">
      <h2 id="hardware">Hardware and place</h2>
      <dl>
        <Fact name="Profile">{node.simulated ? `${node.hardware}, simulated` : node.hardware}</Fact>
        <Fact name="Model">{of === null ? nothing : (of.model ?? of.deviceClass)}</Fact>
        <Fact name="System">{of === null ? nothing : `${of.operatingSystem}, ${of.kernel}, ${of.architecture}`}</Fact>
        <Fact name="Cores">{of?.cpuCores ?? nothing}</Fact>
        <Fact name="Memory">{of === null ? nothing : gibWithUnit(of.memoryBytes)}</Fact>
        <Fact name="Storage">
          {of === null ? nothing : `${gibWithUnit(of.storageBytes)}${state === null ? "" : `, ${gibWithUnit(state.storageFreeBytes)} free`}`}
        </Fact>
        <Fact name="GPU">{of === null ? nothing : of.gpu === undefined ? "none" : `${of.gpu.count} × ${of.gpu.model}`}</Fact>
        <Fact name="Power">{of === null ? nothing : of.batteryPowered ? "battery" : "mains"}</Fact>
        <Fact name="Features">{of?.features.join(", ") || "none"}</Fact>
        <Fact name="Interfaces">{interfacesOf(node)}</Fact>
        <Fact name="Up">{state === null ? nothing : durationText(state.uptimeMs)}</Fact>
        <Fact name="Agent">{node.agentVersion ?? nothing}</Fact>
        <Fact name="Site">{`${node.site}, ${node.region}`}</Fact>
        <Fact name="Cluster and ring">{[node.cluster ?? "no cluster", node.ring ?? "no ring"].join(", ")}</Fact>
        <Fact name="Tier">{node.tier}</Fact>
        <Fact name="Link">{node.connectivity}</Fact>
        <Fact name="Reports">{node.reportIntervalMs === undefined ? "as often as the hub asks" : everyText(node.reportIntervalMs)}</Fact>
        <Fact name="Residency">{node.residency ?? "any"}</Fact>
        <Fact name="Labels">{labelsText(node.labels)}</Fact>
        <Fact name="Last seen">{node.lastSeenAtMs === null ? "never" : <Time at={node.lastSeenAtMs} />}</Fact>
      </dl>
    </section>
  );
};
