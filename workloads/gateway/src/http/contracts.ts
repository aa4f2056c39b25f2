import { type Operation, refreshSession, type Stream, signIn, signInMethods, signOut, whoAmI } from "@fogline/contracts";
import { routed } from "@fogline/contracts/routed";

/** What the gateway's HTTP layer answers itself, because it reads and sets cookies: nobody serves it on the bus. */
export const signInContracts = [signIn, refreshSession, signOut, whoAmI, signInMethods] as unknown as readonly Operation[];

const answeredHere: ReadonlySet<unknown> = new Set(signInContracts);

/** Everything else that people may ask. */
export const publicContracts = routed.filter((contract) => !answeredHere.has(contract)) as unknown as readonly (Operation | Stream)[];
