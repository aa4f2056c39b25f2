import { timingSafeEqual } from "node:crypto";
import process from "node:process";
import { inProcessBus } from "@fogline/in-process";
import { runMain } from "@fogline/service";
import { systemClock, systemRandom } from "@fogline/system";
import { z } from "zod";
import { gatewayConfig, type Identities, start } from "./index.ts";

/** What the gateway needs when it runs alone, beside its own settings. */
const schema = gatewayConfig.extend({
  /** The one bearer token that may do everything. */
  adminToken: z.string().min(32).meta({ secret: true }),
  /** The folder of the built pages; none are served without it. */
  assets: z.string().optional(),
});

const onlyAdmin = (adminToken: string): Identities => ({
  verify: async (token) => {
    const [given, wanted] = [Buffer.from(token), Buffer.from(adminToken)];
    return given.length === wanted.length && timingSafeEqual(given, wanted) ? { name: "admin", role: "admin" } : undefined;
  },
});

const bus = inProcessBus({ clock: systemClock, random: systemRandom });
const ports = { bus, clock: systemClock, random: systemRandom };

await runMain(
  "gateway",
  schema,
  ({ adminToken, assets, ...config }) => start(config, { ...ports, identities: onlyAdmin(adminToken), assets }),
  process,
);
