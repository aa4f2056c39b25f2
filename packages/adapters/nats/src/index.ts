export { type NatsPorts, openNats } from "./bus.ts";
export type { NatsSettings } from "./options.ts";
