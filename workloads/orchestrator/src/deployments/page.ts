import type { DeploymentRecord } from "@fogline/contracts";

export interface DeploymentPage {
  readonly deployments: DeploymentRecord[];
  /** The cursor of the following page; null after the last. */
  readonly next: string | null;
}

/** A page ends before its records outgrow this, so that it fits into one message of the bus. */
const pageBytesMax = 160 * 1024;

/** The records after the one that `after` names, at most `limit`, and fewer when they are large. */
export const pageOf = (records: readonly DeploymentRecord[], limit: number, after: string | undefined): DeploymentPage => {
  const rest = records.slice(after === undefined ? 0 : records.findIndex(({ id }) => id === after) + 1);
  const deployments: DeploymentRecord[] = [];
  let bytes = 0;
  for (const record of rest.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(record));
    if (deployments.length > 0 && bytes > pageBytesMax) break;
    deployments.push(record);
  }
  return { deployments, next: deployments.length < rest.length ? (deployments.at(-1)?.id ?? null) : null };
};
