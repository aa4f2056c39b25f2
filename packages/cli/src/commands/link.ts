import { linkUser, whoAmI } from "@fogline/contracts";
import { formatDurationMs } from "@fogline/units";
import type { Context } from "../context.ts";
import { roundedMs } from "./user.ts";

/** What to open in a browser. The code is in the fragment, which browsers do not send. */
export const linkText = (url: string, code: string): string => `${url}/#code=${code}`;

/** `fogline link [--user <name>]`: for oneself unless a name is given. */
export const linkCommand = async ({ output, hub, hubUrl, clock }: Context, { user }: { readonly user?: string }): Promise<void> => {
  const client = hub();
  const name = user ?? (await client.call(whoAmI, {})).name;
  const { code, expiresAtMs } = await client.call(linkUser, { name });
  const link = linkText(hubUrl(), code);
  output.value({ user: name, link, expiresAtMs });
  output.line(`signs in as ${name}, once, within ${formatDurationMs(roundedMs(expiresAtMs - clock.now()))}:`);
  output.line(`  open    ${link}`);
};
