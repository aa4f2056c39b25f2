import { everyPage, listSessions, revokeSession, type SessionRecord } from "@fogline/contracts";
import type { Context } from "../context.ts";
import { type Column, dateText } from "../output.ts";

const columns: Column<SessionRecord>[] = [
  { title: "SESSION", text: ({ id, current }) => (current ? `${id} (this one)` : id) },
  { title: "USER", text: ({ user }) => user },
  { title: "OPENED", text: ({ createdAtMs }) => dateText(createdAtMs) },
  { title: "USED", text: ({ lastUsedAtMs }) => dateText(lastUsedAtMs) },
  { title: "FROM", text: ({ address }) => address },
  { title: "WITH", text: ({ userAgent }) => userAgent.slice(0, programWidth) },
];

const programWidth = 40;

/** `fogline session list [--user <name>]`. */
export const sessionListCommand = async ({ output, hub }: Context, { user }: { readonly user?: string }): Promise<void> => {
  const client = hub();
  const sessions = await everyPage(async (after) => {
    const page = await client.call(listSessions, { ...(user === undefined ? {} : { user }), ...(after === undefined ? {} : { after }) });
    return { items: page.sessions, next: page.next };
  });
  output.value({ sessions });
  output.line(`${sessions.length} open sessions`);
  output.table(sessions, columns);
};

/** `fogline session revoke <id>`. */
export const sessionRevokeCommand = async ({ output, hub }: Context, id: string): Promise<void> => {
  await hub().call(revokeSession, { id });
  output.value({ revoked: id });
  output.line(`${id} has ended; its tokens are refused`);
};
