import { certificatesRevoked } from "@fogline/contracts";
import { textOf } from "@fogline/findings";
import type { Clock, Database } from "@fogline/ports";
import type { Client, RpcLog } from "@fogline/rpc";
import { askDeed, type DeedOutcome } from "../remote/deeds.ts";
import type { GatewaySchema } from "../schema.ts";
import type { Certificates } from "./certificates.ts";

export interface RotationsParts {
  readonly database: Database<GatewaySchema>;
  readonly certificates: Certificates;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: RpcLog;
}

/**
 * Wishes that devices make new keys. Invariants: a wish stays until a certificate that was issued after it was used; only then are those before it revoked, so
 * that a device that fails in between still has one that opens something.
 */
export class Rotations {
  readonly #parts: RotationsParts;

  constructor(parts: RotationsParts) {
    this.#parts = parts;
  }

  /** Wishes it, and asks the device if it is there. A device that cannot loses the wish. */
  async want(node: string): Promise<DeedOutcome> {
    const { database, client, clock } = this.#parts;
    const row = { node, wanted_at_ms: clock.now() };
    await database.kysely
      .insertInto("rotations")
      .values(row)
      .onConflict((conflict) => conflict.column("node").doUpdateSet({ wanted_at_ms: row.wanted_at_ms }))
      .execute();
    const outcome = await askDeed(client, node, { kind: "rotate" });
    if (outcome.kind === "unable") await this.forget(node);
    return outcome;
  }

  async forget(node: string): Promise<void> {
    await this.#parts.database.kysely.deleteFrom("rotations").where("node", "=", node).execute();
  }

  /** A device was welcomed with this certificate: it has done what was wished, or is asked now. Never rejects. */
  async connected(node: string, serial: string): Promise<void> {
    const { log } = this.#parts;
    await this.#connected(node, serial).catch((thrown: unknown) =>
      log.warn({ node, cause: textOf(thrown) }, "a rotation could not go on; the next connection tries again"),
    );
  }

  async #connected(node: string, serial: string): Promise<void> {
    const { database, certificates, client, log } = this.#parts;
    const wish = await database.kysely.selectFrom("rotations").selectAll().where("node", "=", node).executeTakeFirst();
    if (wish === undefined) return;
    const shown = await certificates.find(serial);
    if (shown === undefined) return;
    if (shown.issued_at_ms < wish.wanted_at_ms) {
      const outcome = await askDeed(client, node, { kind: "rotate" });
      if (outcome.kind === "unable") await this.forget(node);
      if (outcome.kind !== "done") log.warn({ node, outcome }, "a device did not rotate its certificate");
      return;
    }
    const serials = await certificates.supersede(node, serial);
    await this.forget(node);
    if (serials.length > 0) await client.publish(certificatesRevoked, { node, serials });
    log.info({ node, revoked: serials.length }, "a device has a new key, and what it had before is revoked");
  }
}
