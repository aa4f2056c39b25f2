import { readFileSync } from "node:fs";
import process from "node:process";
import { FoglineError, textOf } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { openPostgres } from "@fogline/postgres";
import { runMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { z } from "zod";
import { type GatewaySchema, type GivenAuthority, gatewayConfig, start } from "./index.ts";

/** What the gateway needs when it runs alone, beside its own settings. */
const schema = gatewayConfig.safeExtend({
  /** The host's bearer token, which may do everything: the way in for the first admin, and when no admin can sign in. Without it there is none. */
  adminToken: z.string().min(32).optional().meta({ secret: true }),
  /** A postgres:// URL, or the path of a SQLite file. */
  databaseUrl: z.string().min(1).default("gateway.sqlite").meta({ secret: true }),
  /** 32 random bytes or more, base64url: what the database holds of keys is sealed with it. Keep it apart from backups of the database. */
  rootKey: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43,}$/, "32 bytes or more, base64url")
    .meta({ secret: true }),
  /** The fleet's CA, PEM: the certificate that signs, then those above it. Without it the gateway makes a CA of its own. */
  caCertificateFile: z.string().optional(),
  /** The private key of the certificate that signs, PEM. */
  caKeyFile: z.string().optional(),
  /** The folder of the built pages; none are served without it. */
  assets: z.string().optional(),
});

/** The CA of the two files. Throws FL4015 when there is one without the other, or one cannot be read. */
const authorityIn = (certificateFile: string | undefined, keyFile: string | undefined): GivenAuthority | undefined => {
  if (certificateFile === undefined && keyFile === undefined) return undefined;
  if (certificateFile === undefined || keyFile === undefined) throw new FoglineError("FL4015", "caCertificateFile and caKeyFile belong together");
  try {
    return { certificatesPem: readFileSync(certificateFile, "utf8"), keyPem: readFileSync(keyFile, "utf8") };
  } catch (cause) {
    throw new FoglineError("FL4015", `the CA cannot be read: ${textOf(cause)}`, { cause });
  }
};

const openDatabase = (url: string) => (/^postgres(ql)?:/.test(url) ? openPostgres<GatewaySchema>(url) : openSqlite<GatewaySchema>(url));

const bus = inProcessBus({ clock: systemClock, random: systemRandom });
const ports = { bus, clock: systemClock, random: systemRandom };

await runMain(
  "gateway",
  schema,
  async ({ adminToken, databaseUrl, rootKey, caCertificateFile, caKeyFile, assets, ...config }) => {
    const authority = authorityIn(caCertificateFile, caKeyFile);
    const database = openDatabase(databaseUrl);
    const secrets = { rootKey: Buffer.from(rootKey, "base64url"), adminToken: () => adminToken };
    const running = await start(config, { ...ports, database, secrets, authority, assets });
    void running.stopped.then(() => database.close());
    return running;
  },
  process,
);
