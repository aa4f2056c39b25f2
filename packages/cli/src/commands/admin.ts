import { existsSync } from "node:fs";
import { join } from "node:path";
import { linkUser } from "@fogline/contracts";
import { newAdminToken } from "@fogline/embedded";
import { FoglineError } from "@fogline/findings";
import type { Context } from "../context.ts";
import { localUrl } from "../hub-address.ts";
import { hubClient } from "../hub-client.ts";
import { linkText } from "./link.ts";

/** The user that the host's own token speaks for. */
const hostUser = "admin";

/** `fogline admin recover`: the way back in for who has the hub's machine, when no admin can sign in or the host's token got out. */
export const adminRecoverCommand = async ({ output, dataFolder }: Context): Promise<void> => {
  const path = join(dataFolder, "admin.token");
  if (!existsSync(dataFolder)) {
    throw new FoglineError("FL4017", `no hub has run here: there is no ${dataFolder}`, {
      remedy: "run it on the hub's machine, as the hub's user, with --data",
    });
  }
  const token = newAdminToken(path);
  const url = localUrl(dataFolder);
  const made = await hubClient({ url, token })
    .call(linkUser, { name: hostUser })
    .catch((thrown: unknown) => {
      if (thrown instanceof FoglineError && thrown.code === "FL4009") return undefined;
      throw thrown;
    });
  const link = made === undefined ? null : linkText(url, made.code);
  output.value({ tokenPath: path, link, expiresAtMs: made?.expiresAtMs ?? null });
  output.line(`the host has a new token in ${path}; the old one is refused`);
  output.line(link === null ? "the hub does not run; when it starts, it prints a link that signs in" : `  open    ${link}`);
  output.line(`next: fogline user list, fogline session list; end what is not yours with fogline session revoke`);
};
