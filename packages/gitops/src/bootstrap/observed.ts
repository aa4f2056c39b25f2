import type { Finding } from "@fogline/findings";

/** Who a machine says it is: `/etc/fogline/identity.yaml`, which the last role writes. */
export interface Owner {
  readonly fleet: string;
  readonly device: string;
  readonly cluster?: string;
}

/** What a first look at a machine showed; nothing was changed by it. */
export interface Seen {
  readonly kind: "seen";
  /** Of the machine minus that of this one. */
  readonly clockOffsetMs: number;
  /** `broken` for a file that is there and cannot be read as one. */
  readonly owner: Owner | "none" | "broken";
  /** The certificate and key of the agent. */
  readonly hasIdentity: boolean;
  readonly token: "none" | "whole" | "broken";
  /** The version of python3, such as 3.11; absent where there is none. */
  readonly python?: string;
  readonly canBecomeRoot: boolean;
}

/** A machine, or why there was nothing to be seen. */
export type Observed = Seen | { readonly kind: "unseen"; readonly finding: Finding };
