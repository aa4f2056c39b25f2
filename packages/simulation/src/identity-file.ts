import { join } from "node:path";

const suffix = ".identity.json";

/** Where a simulated device keeps its identity: beside its database. */
export const identityFile = (dataFolder: string, id: string): string => join(dataFolder, `${id}${suffix}`);

/** The device whose identity a file of that name holds. */
export const identityName = (name: string): string | undefined => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined);
