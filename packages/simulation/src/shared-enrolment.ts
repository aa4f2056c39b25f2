import { Agent } from "node:https";
import { findAuthority, type PinnedHub } from "@fogline/agent";

/** Requests that enrol at once; those of hundreds of devices take turns. */
const socketsMax = 8;

/** What devices of one process need not do each for itself: look for the CA of the same hub, and open a connection to enrol over. */
export const sharedEnrolment = () => {
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const found = new Map<string, Promise<string>>();
  return {
    agent,
    authority: (hub: PinnedHub): Promise<string> => {
      const key = `${hub.hubUrl} ${hub.fingerprint}`;
      const known = found.get(key) ?? findAuthority(hub);
      found.set(key, known);
      known.catch(() => found.delete(key));
      return known;
    },
    close: () => agent.destroy(),
  };
};
