import { type AuditFilter, type AuditPage, auditAddress, entriesPerPage, readAudit, verifyTimeoutMs } from "../../live/audit.ts";
import { useFollowed } from "../../live/followed.ts";
import { ask } from "../../live/http.ts";
import type { Go, PageProps } from "../../route.ts";
import { chainText, changesOf, type Verification } from "../../text/audit.ts";
import { Answer } from "../answer.tsx";
import { ForAdmins } from "../for-admins.tsx";
import { TextField } from "../form.tsx";
import { Older } from "../older.tsx";
import { Reading } from "../read.tsx";
import { Chain } from "./chain.tsx";
import { Entries } from "./entries.tsx";
import "../../style/list.css";
import "../../style/audit.css";

/** Who changed what, and whether the record of it is whole. */
export const Page = (props: PageProps) =>
  props.store.state.principal?.role === "admin" ? <Audit {...props} /> : <ForAdmins store={props.store} what="who changed what" />;

const filterOf = ({ principal, operation, target, before }: PageProps["open"]): AuditFilter => ({
  principal: principal ?? null,
  operation: operation ?? null,
  target: target ?? null,
  before: before ?? null,
});

const verify = (address: string) => ask<Verification>("GET", address, undefined, { timeoutMs: verifyTimeoutMs });

const Audit = ({ store, hub, open, find, go }: PageProps) => {
  const filter = filterOf(open);
  const chain = useFollowed<Verification>(hub, "/api/audit/verify", { ask: verify });
  const read = useFollowed<AuditPage>(hub, auditAddress(filter), { ask: readAudit });
  const said =
    chain.value !== null
      ? chainText(chain.value)
      : chain.refused === null
        ? "Checking the chain of entries"
        : "Whether the chain is whole is not known now";
  return (
    <>
      <Answer store={store} sentence={() => said} />
      <Chain chain={chain} />
      <section aria-labelledby="entries">
        <div class="over">
          <h2 id="entries">Changes</h2>
          <Filters filter={filter} page={read.value} go={go} />
          <button type="button" onClick={read.again} disabled={read.busy}>
            Look again
          </button>
        </div>
        <Reading read={read} what="who changed what">
          {(page) => {
            const changes = changesOf(page.entries, page.later).filter(
              ({ asked, went }) =>
                find === "" || [asked.principal, asked.operation, asked.target, asked.address, went?.code].join(" ").toLowerCase().includes(find),
            );
            const last = page.entries.at(-1)?.sequence ?? 0;
            return (
              <>
                {changes.length === 0 ? <Nothing filter={filter} go={go} /> : <Entries changes={changes} go={go} />}
                <Older
                  first={filter.before === null}
                  next={page.entries.length < entriesPerPage ? null : String(last)}
                  to={(before) => go.open("before", before)}
                />
              </>
            );
          }}
        </Reading>
      </section>
    </>
  );
};

const narrow = (go: Go, kind: keyof AuditFilter, value: string): void => {
  go.open("before", null);
  go.open(kind, value === "" ? null : value);
};

const Filters = ({ filter, page, go }: { filter: AuditFilter; page: AuditPage | null; go: Go }) => {
  const seen = (of: (entry: AuditPage["entries"][number]) => string | null): readonly string[] => [
    ...new Set((page?.entries ?? []).flatMap((entry) => of(entry) ?? [])),
  ];
  return (
    <div class="filters">
      <TextField
        label="By"
        value={filter.principal ?? ""}
        change={(value) => narrow(go, "principal", value)}
        offers={seen(({ principal }) => principal)}
        placeholder="anybody"
      />
      <TextField
        label="What"
        value={filter.operation ?? ""}
        change={(value) => narrow(go, "operation", value)}
        offers={seen(({ operation }) => operation)}
        placeholder="any change"
      />
      <TextField
        label="To"
        value={filter.target ?? ""}
        change={(value) => narrow(go, "target", value)}
        offers={seen(({ target }) => target)}
        placeholder="anything"
      />
    </div>
  );
};

const Nothing = ({ filter, go }: { filter: AuditFilter; go: Go }) => {
  const narrowed = Object.values(filter).some((value) => value !== null);
  if (!narrowed) return <p class="empty">Nothing was changed yet. Every change that somebody asks for is written here before it is made.</p>;
  return (
    <div class="empty">
      <p>No change is like that.</p>
      <button type="button" onClick={() => (["principal", "operation", "target", "before"] as const).map((kind) => go.open(kind, null))}>
        Show all changes
      </button>
    </div>
  );
};
