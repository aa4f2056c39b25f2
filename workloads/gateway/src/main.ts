import { readFileSync } from "node:fs";
import process from "node:process";
import { certificateFromFiles } from "@fogline/certificates";
import { FoglineError, textOf } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { openNats } from "@fogline/nats";
import { openPostgres } from "@fogline/postgres";
import { createLog, runHubMain } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemClock as clock, systemRandom as random } from "@fogline/system";
import { z } from "zod";
import { type GatewayConfig, type GatewayPorts, type GatewaySchema, type GivenAuthority, gatewayConfig, start } from "./index.ts";

/** What the gateway needs when it runs alone, beside its own settings. */
const schema = gatewayConfig.safeExtend({
  /** The host's bearer token, which may do everything: the way in for the first admin, and when no admin can sign in. Without it there is none. */
  adminToken: z.string().min(32).optional().meta({ secret: true }),
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
  /** PEM files of the people's port: the certificate with its chain, and its key. Read again when they change; without both the port speaks plain HTTP. */
  tlsCertificateFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
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

/** Both files or none: half of a pair is a mistake that must not end in plain HTTP. */
const certificateOf = (
  { tlsCertificateFile: certificatePath, tlsKeyFile: keyPath }: Pick<z.output<typeof schema>, "tlsCertificateFile" | "tlsKeyFile">,
  level: GatewayConfig["logLevel"],
) => {
  if (certificatePath === undefined && keyPath === undefined) return undefined;
  if (certificatePath === undefined || keyPath === undefined) {
    throw new FoglineError("FL4015", "of tlsCertificateFile and tlsKeyFile one is set and the other is not", { remedy: "Set both, or none." });
  }
  return certificateFromFiles({ certificatePath, keyPath }, { clock, log: createLog({ level, fields: { service: "gateway" } }) });
};

const startGateway = async (settings: z.output<typeof schema>, ports: Omit<GatewayPorts, "secrets">) => {
  const { adminToken, rootKey, caCertificateFile, caKeyFile, tlsCertificateFile, tlsKeyFile, assets, ...config } = settings;
  const authority = authorityIn(caCertificateFile, caKeyFile);
  const tls = certificateOf({ tlsCertificateFile, tlsKeyFile }, config.logLevel);
  const secrets = { rootKey: Buffer.from(rootKey, "base64url"), adminToken: () => adminToken };
  const running = await start(config, { ...ports, secrets, authority, assets, tls });
  void running.stopped.then(() => tls?.stop());
  return running;
};

await runHubMain(
  "gateway",
  schema,
  {
    ...{ clock, random, start: startGateway, openOwnBus: inProcessBus, openNats },
    openSqlite: openSqlite<GatewaySchema>,
    openPostgres: openPostgres<GatewaySchema>,
  },
  process,
);
