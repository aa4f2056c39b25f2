import type { SessionRecord } from "@fogline/contracts";
import { endSession } from "../../live/people.ts";
import type { State } from "../../live/state.ts";
import { programText } from "../../text/people.ts";
import { Action, refusalOf } from "../action.tsx";
import { Same } from "../same.tsx";
import { Time } from "../time.tsx";

interface SessionsProps {
  readonly sessions: readonly SessionRecord[];
  readonly state: State;
  readonly again: () => void;
  /** "Your", or "ada's". */
  readonly whose: string;
  /** Says what happened, because the row of a session goes with it. */
  readonly tell: (what: string) => void;
}

/** Open sessions: from where, with what, since when, and how to end each. */
export const Sessions = (props: SessionsProps) => {
  const others = props.sessions.filter(({ current }) => !current);
  if (props.sessions.length === 0) return <p class="empty">No session is open.</p>;
  return (
    <div class="plain">
      <SessionTable {...props} />
      {others.length > 0 && <Same commands={others.map(({ id }) => `npx fogline session revoke ${id}`)} />}
    </div>
  );
};

const SessionTable = ({ sessions, state, again, whose, tell }: SessionsProps) => (
  <table class="list sessions">
    <caption class="hidden">{whose} open sessions</caption>
    <thead>
      <tr>
        <th scope="col">Session from</th>
        <th scope="col">With</th>
        <th scope="col" class="number">
          Opened
        </th>
        <th scope="col" class="number">
          Last used
        </th>
        <th scope="col">
          <span class="hidden">End it</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {sessions.map(({ id, address, userAgent, createdAtMs, lastUsedAtMs, current }) => (
        <tr key={id} class="row still">
          <th scope="row">{address}</th>
          <td data-label="With" title={userAgent}>
            {programText(userAgent)}
            {current && <span class="quiet">, this browser</span>}
          </td>
          <td class="number" data-label="Opened">
            <Time at={createdAtMs} />
          </td>
          <td class="number" data-label="Last used">
            <Time at={lastUsedAtMs} />
          </td>
          <td class="full bare" data-label="End it">
            {current ? (
              <span class="quiet">Sign out ends it.</span>
            ) : (
              <Action
                verb="End it"
                keep="Keep it"
                effect={`Whoever uses ${programText(userAgent)} at ${address} has to sign in anew.`}
                act={() => endSession(id)}
                done={() => {
                  tell(`the session from ${address} has ended`);
                  return "the session has ended";
                }}
                refusal={refusalOf(state, "user")}
                after={again}
              />
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);
