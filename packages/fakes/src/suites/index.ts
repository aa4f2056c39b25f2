/** One suite per port: its promises as cases, and a function that makes tests of them for one adapter. */
import { type BlobsWorld, blobsCases } from "./blobs.ts";
import { eventCases } from "./bus-events.ts";
import { requestCases } from "./bus-requests.ts";
import type { BusWorld } from "./bus-world.ts";
import { type Case, suiteOf } from "./case.ts";
import { type ClockWorld, clockCases } from "./clock.ts";
import { transactionCases } from "./database-transactions.ts";
import { valueCases } from "./database-values.ts";
import type { DatabaseWorld } from "./database-world.ts";
import { type LeasesWorld, leasesCases } from "./leases.ts";
import { type RandomWorld, randomCases } from "./random.ts";

export { brokenBuses } from "./bus-broken.ts";
export type { BusWorld } from "./bus-world.ts";
export { breakages, broken, type Case, type Ends, type Open } from "./case.ts";
export type { DatabaseWorld, SuiteSchema } from "./database-world.ts";
export { type BlobsWorld, blobsCases, type ClockWorld, clockCases, type LeasesWorld, leasesCases, type RandomWorld, randomCases };

export const busCases: readonly Case<BusWorld>[] = [...eventCases, ...requestCases];
export const databaseCases: readonly Case<DatabaseWorld>[] = [...transactionCases, ...valueCases];

export const busSuite = suiteOf("bus", busCases);
export const databaseSuite = suiteOf("database", databaseCases);
export const blobsSuite = suiteOf("blobs", blobsCases);
export const leasesSuite = suiteOf("leases", leasesCases);
export const clockSuite = suiteOf("clock", clockCases);
export const randomSuite = suiteOf("random", randomCases);
