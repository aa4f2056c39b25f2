export { type Agent, type AgentPorts, startAgent } from "./agent.ts";
export { AgentConfig } from "./config.ts";
export { hostClock, hostRandom } from "./host/clock.ts";
export { webSocketLink } from "./link.ts";
export type { AgentLog, Connection, Link, LinkEvents, Reading, Runner, Sensors, Store, Traffic } from "./ports.ts";
export { processRunner } from "./runner/processes.ts";
export { sqliteStore } from "./store.ts";
