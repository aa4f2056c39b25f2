import { hostClock, hostRandom, memoryIdentityStore, openIdentity } from "@fogline/agent";
import type { Shown } from "./raw.ts";

const quiet = { info: () => undefined, warn: () => undefined };

/** Enrols as the device of a token; answers what it shows from then on. */
export const enrolDevice = async (token: string): Promise<Shown> => {
  const identity = openIdentity({ store: memoryIdentityStore(), token, clock: hostClock, random: hostRandom, log: quiet });
  const { key, cert } = await identity.current();
  identity.close();
  return { key, cert };
};
