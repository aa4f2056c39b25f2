export type { Blobs, Digest } from "./blobs.ts";
export { type Bus, BusError, type BusErrorKind, type BusMessage, type Headers, type Subscription } from "./bus.ts";
export type { Clock } from "./clock.ts";
export type { Database, Dialect, Migration } from "./database.ts";
export type { Lease, Leases } from "./leases.ts";
export type { Random } from "./random.ts";
