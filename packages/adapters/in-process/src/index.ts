export { type InProcessBusOptions, inProcessBus } from "./bus.ts";
export type { BusFaults } from "./faults.ts";
