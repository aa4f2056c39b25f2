export { type Agent, type AgentPorts, startAgent } from "./agent.ts";
export { AgentConfig, type AgentConfigInput } from "./config.ts";
export { hostClock, hostRandom } from "./host/clock.ts";
export { lineLog } from "./host/log.ts";
export { hostSensors } from "./host/sensors.ts";
export { frameBytesMax, type HubAddress, webSocketLink } from "./link.ts";
export type {
  AgentLog,
  Connection,
  Link,
  LinkEvents,
  Preparation,
  PreparedProcess,
  ProcessEnd,
  ProcessTrace,
  Reading,
  Runner,
  Sensors,
  Store,
} from "./ports.ts";
export { processRunner, type RunnerOptions } from "./runner/processes.ts";
export { sqliteStore } from "./store.ts";
