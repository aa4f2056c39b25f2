import type { DeviceCapabilities, NodeRecord } from "@fogline/contracts";
import { deviceAddress } from "../../route.ts";
import { gibWithUnit, labelsText, nothing, statusWord } from "../../text/format.ts";
import { DrainAction, type DrainActionProps } from "../drain.tsx";
import { Fact } from "../fact.tsx";
import { memo } from "../memo.tsx";
import { Time } from "../time.tsx";

export interface DeviceDetailProps extends DrainActionProps {
  readonly columns: number;
  readonly showTask: (id: string) => void;
}

/** What a device is and why it is so, below its row. */
export const DeviceDetail = memo(({ columns, showTask, ...action }: DeviceDetailProps) => {
  const { node, running } = action;
  // A heartbeat says what a device holds; a task may have started since.
  const executions = [...new Set([...running, ...node.executions])];
  return (
    <tr class="detail" id={`detail-${node.id}`}>
      <td colSpan={columns}>
        <p class="reason">
          {statusWord(node)} for <Time at={node.statusSinceMs} as="for" />: {node.reason}
        </p>
        <dl>
          <Fact name="Last seen">{node.lastSeenAtMs === null ? "never" : <Time at={node.lastSeenAtMs} />}</Fact>
          <Fact name="Sampled">{node.state === null ? "never" : <Time at={node.state.sampledAtMs} />}</Fact>
          <Fact name="Place">{[node.site, node.cluster, node.tier, node.region].filter((part) => part !== null).join(" · ")}</Fact>
          <Fact name="Hardware">{node.simulated ? `${node.hardware}, simulated` : node.hardware}</Fact>
          {node.capabilities !== null && <Capabilities of={node.capabilities} />}
          <Fact name="Agent">{node.agentVersion ?? nothing}</Fact>
          <Fact name="Network">{networkOf(node)}</Fact>
          <Fact name="Ring">{node.ring ?? nothing}</Fact>
          <Fact name="Residency">{node.residency ?? "any"}</Fact>
          <Fact name="Labels">{labelsText(node.labels)}</Fact>
          <Fact name="Executions">{executions.length === 0 ? "none" : <Executions ids={executions} showTask={showTask} />}</Fact>
        </dl>
        <p>
          <a href={deviceAddress(node.id)}>Everything about {node.id}</a>
        </p>
        <DrainAction {...action} />
      </td>
    </tr>
  );
});

const Capabilities = ({ of }: { of: DeviceCapabilities }) => (
  <>
    <Fact name="Model">{of.model ?? of.deviceClass}</Fact>
    <Fact name="System">{`${of.operatingSystem}, ${of.kernel}, ${of.architecture}`}</Fact>
    <Fact name="Capacity">{`${of.cpuCores} cores, ${gibWithUnit(of.memoryBytes)} memory, ${gibWithUnit(of.storageBytes)} storage`}</Fact>
    <Fact name="GPU">{of.gpu === undefined ? "none" : `${of.gpu.count} × ${of.gpu.model}`}</Fact>
    <Fact name="Features">{of.features.join(", ") || "none"}</Fact>
  </>
);

const networkOf = ({ connectivity, state, capabilities }: NodeRecord): string => {
  const interfaces = capabilities?.networkInterfaces.map(({ name, kind }) => `${name} (${kind})`) ?? [];
  const latency = state?.networkLatencyMs;
  return [connectivity, ...interfaces, ...(latency === null || latency === undefined ? [] : [`${Math.round(latency)} ms away`])].join(", ");
};

/** An execution is named after its task and the attempt: "t-81.2". */
const Executions = ({ ids, showTask }: { ids: readonly string[]; showTask: (id: string) => void }) => (
  <ul class="plain">
    {ids.map((id) => (
      <li key={id}>
        <button type="button" class="link" onClick={() => showTask(id.replace(/\.\d+$/, ""))}>
          {id}
        </button>
      </li>
    ))}
  </ul>
);
