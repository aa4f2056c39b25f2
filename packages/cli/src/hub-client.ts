import { createHubClient, type HubClient as WholeClient } from "@fogline/client";

/** What commands need of a hub. */
export type HubClient = Pick<WholeClient, "call">;

export interface HubAddress {
  readonly url: string;
  /** Absent for what anybody may ask. */
  readonly token: string | (() => Promise<string>) | undefined;
}

/** A person waits for the command: a hub that is not there is told at once, one that is just coming back is not. */
const attemptsMax = 2;

/** A client for one hub, with remedies that name commands. */
export const hubClient = ({ url, token }: HubAddress): HubClient =>
  createHubClient({
    url,
    token: token ?? null,
    attemptsMax,
    remedies: {
      unreachable: "start it with `npm start`, or name another with --url",
      incompatible: "use the `fogline` of the hub's version",
    },
  });
