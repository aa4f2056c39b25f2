import type { User } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { useFollowed } from "../../live/followed.ts";
import type { Hub } from "../../live/hub.ts";
import { changeUser, type Link, makeLink, removeUser, type SessionPage, sessionsAddress } from "../../live/people.ts";
import type { State } from "../../live/state.ts";
import { exactTime } from "../../text/format.ts";
import { Action, refusalOf } from "../action.tsx";
import { Fact } from "../fact.tsx";
import { Reading } from "../read.tsx";
import { OneTimeLink } from "./one-time-link.tsx";
import { Sessions } from "./sessions.tsx";

export interface UserDetailProps {
  readonly user: User;
  readonly me: string;
  readonly state: State;
  readonly hub: Hub;
  readonly columns: number;
  readonly again: () => void;
  readonly tell: (what: string) => void;
}

/** A user's sessions and what an admin can do, below the row. */
export const UserDetail = ({ user, me, state, hub, columns, again, tell }: UserDetailProps) => {
  const { name, role, createdAtMs, external } = user;
  const sessions = useFollowed<SessionPage>(hub, name === me ? null : sessionsAddress(name));
  const changed = (): void => {
    again();
    sessions.again();
  };
  return (
    <tr class="detail" id={`detail-${name}`}>
      <td colSpan={columns}>
        <dl>
          <Fact name="May">{role === "admin" ? "change devices, people and everything else" : "see everything, run tasks and deploy"}</Fact>
          <Fact name="Made">{exactTime(createdAtMs)}</Fact>
        </dl>
        {name === me ? (
          <p class="quiet">Your sessions and your password are below.</p>
        ) : (
          <Reading read={sessions} what={`the sessions of ${name}`}>
            {(page) => <Sessions sessions={page.sessions} state={state} again={sessions.again} whose={`${name}'s`} tell={tell} />}
          </Reading>
        )}
        <UserActions user={user} state={state} changed={changed} linkable={!external} tell={tell} />
      </td>
    </tr>
  );
};

interface UserActionsProps {
  readonly user: User;
  readonly state: State;
  readonly changed: () => void;
  /** Whether a link is of use: who signs in at the identity provider needs none. */
  readonly linkable: boolean;
  readonly tell: (what: string) => void;
}

const UserActions = ({ user, state, changed, linkable, tell }: UserActionsProps) => {
  const { name, role, disabled } = user;
  const refusal = refusalOf(state);
  const other = role === "admin" ? "user" : "admin";
  return (
    <div class="actions">
      <Action
        verb={`Make ${name} ${other === "admin" ? "an admin" : "a user"}`}
        keep="Leave it"
        effect={`${name} ${other === "admin" ? "may change devices and people from then on" : "can only see, run tasks and deploy from then on"}, and has to sign in anew.`}
        act={() => changeUser(name, { role: other })}
        done={(after) => `${name} has the role ${after.role}`}
        command={`npx fogline user role ${name} ${other}`}
        refusal={refusal}
        after={changed}
      />
      <Action
        verb={disabled ? `Let ${name} in again` : `Keep ${name} out`}
        keep="Leave it"
        effect={
          disabled ? `${name} can sign in again.` : `${name} cannot sign in, and every session of ${name} ends. It can be taken back at any time.`
        }
        act={() => changeUser(name, { disabled: !disabled })}
        done={(after) => (after.disabled ? `${name} is kept out` : `${name} may come in`)}
        command={`npx fogline user ${disabled ? "enable" : "disable"} ${name}`}
        refusal={refusal}
        after={changed}
      />
      {linkable && <LinkAction name={name} refusal={refusal} />}
      <Action
        verb={`Remove ${name}`}
        keep="Keep it"
        effect={`${name} and every session of ${name} are gone. What ${name} did stays in the audit.`}
        typed={name}
        act={() => removeUser(name)}
        done={() => {
          tell(`${name} was removed`);
          return `${name} was removed`;
        }}
        command={`npx fogline user remove ${name}`}
        refusal={refusal}
        after={changed}
      />
    </div>
  );
};

/** Makes a one-time link, and shows it. */
const LinkAction = ({ name, refusal }: { name: string; refusal: string | null }) => {
  const [link, setLink] = useState<Link | null>(null);
  return (
    <>
      <Action
        verb={`Make a link for ${name}`}
        keep="No link"
        effect={`Whoever opens the link is ${name}: give it to nobody else. It works once.`}
        act={() => makeLink(name)}
        done={(made) => {
          setLink(made);
          return `a link for ${name} was made`;
        }}
        command={`npx fogline link --user ${name}`}
        refusal={refusal}
      />
      {link !== null && <OneTimeLink link={link} name={name} />}
    </>
  );
};
