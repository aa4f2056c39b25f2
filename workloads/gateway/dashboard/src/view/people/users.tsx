import type { User } from "@fogline/contracts";
import { useState } from "preact/hooks";
import type { Hub } from "../../live/hub.ts";
import type { State } from "../../live/state.ts";
import type { Go } from "../../route.ts";
import { signInText } from "../../text/people.ts";
import { Heads } from "../columns.tsx";
import { Mark } from "../mark.tsx";
import { moveInRows } from "../rows.ts";
import { Time } from "../time.tsx";
import { UserDetail } from "./user-detail.tsx";

export interface UsersProps {
  readonly users: readonly User[];
  readonly open: string | null;
  readonly me: string;
  readonly state: State;
  readonly hub: Hub;
  readonly go: Go;
  readonly again: () => void;
  readonly tell: (what: string) => void;
}

const columns = ["Name", "State", "Role", "Signs in", { title: "Last came", number: true }] as const;

/** The people who may come in; each opens in place. */
export const Users = ({ users, open, me, state, hub, go, again, tell }: UsersProps) => {
  const [last, setLast] = useState<string | null>(null);
  const current = users.some(({ name }) => name === last) ? last : (users[0]?.name ?? null);
  const toggle = (name: string): void => go.open("user", open === name ? null : name);
  if (users.length === 0) return <p class="empty">Nobody is called like that. Escape clears the search.</p>;
  return (
    <table class="list users" onKeyDown={(event) => moveInRows(event, () => open !== null && toggle(open))}>
      <Heads columns={columns} />
      <tbody>
        {users.map((user) => {
          const { name, role, disabled, lastSignInAtMs } = user;
          return [
            <tr key={name} class={`row ${open === name ? "opened" : ""} ${disabled ? "stale" : ""}`} id={`user-${name}`} onClick={() => toggle(name)}>
              <th scope="row">
                <button
                  type="button"
                  class="open"
                  aria-expanded={open === name}
                  aria-controls={open === name ? `detail-${name}` : undefined}
                  tabIndex={current === name ? 0 : -1}
                  onFocus={() => setLast(name)}
                >
                  {name}
                  {name === me && <span class="quiet">, you</span>}
                </button>
              </th>
              <td data-label="Status">{disabled ? <Mark meaning="unknown" word="kept out" /> : <Mark meaning="good" word="may come in" />}</td>
              <td data-label="Role">{role}</td>
              <td data-label="Signs in">{signInText(user)}</td>
              <td class="number" data-label="Last came">
                {lastSignInAtMs === null ? "never" : <Time at={lastSignInAtMs} />}
              </td>
            </tr>,
            open === name && <UserDetail key={`detail-${name}`} {...{ user, me, state, hub, again, tell }} columns={columns.length} />,
          ];
        })}
      </tbody>
    </table>
  );
};
