import { useFollowed } from "../../live/followed.ts";
import { type SessionPage, sessionsAddress, type UserPage, usersAddress } from "../../live/people.ts";
import type { PageProps } from "../../route.ts";
import { counted } from "../../text/format.ts";
import { peopleAnswer } from "../../text/people.ts";
import { Answer } from "../answer.tsx";
import { Older } from "../older.tsx";
import { type Read, Reading } from "../read.tsx";
import { Told, useTold } from "../told.tsx";
import { AddUser } from "./add-user.tsx";
import { ChangePassword } from "./password.tsx";
import { Sessions } from "./sessions.tsx";
import { Users } from "./users.tsx";
import "../../style/list.css";
import "../../style/people.css";

/** Who may come in, and one's own account: sessions and password. */
export const Page = (props: PageProps) => {
  const { store, hub, open, find, go } = props;
  const { principal } = store.state;
  const me = principal?.name ?? "";
  const isAdmin = principal?.role === "admin";
  const after = open.after ?? null;
  const users = useFollowed<UserPage>(hub, isAdmin ? usersAddress(after) : null);
  const sessions = useFollowed<SessionPage>(hub, sessionsAddress(me));
  const { told, tell } = useTold();
  const own =
    sessions.value === null
      ? `You are signed in as ${me}`
      : `You are signed in as ${me}, with ${counted(sessions.value.sessions.length, "open session")}`;
  return (
    <>
      <Answer store={store} sentence={() => (users.value === null ? own : peopleAnswer(users.value.users))} />
      <Told what={told} />
      {isAdmin && (
        <section aria-labelledby="people">
          <div class="over">
            <h2 id="people">People</h2>
            <button
              type="button"
              class={open.add === undefined ? "primary" : ""}
              aria-expanded={open.add !== undefined}
              onClick={() => go.open("add", open.add === undefined ? "user" : null)}
            >
              {open.add === undefined ? "Let somebody in" : "Close the form"}
            </button>
          </div>
          {open.add !== undefined && <AddUser state={store.state} close={() => go.open("add", null)} made={users.again} />}
          <Reading read={users} what="who may come in">
            {(page) => (
              <>
                <Users
                  {...{ hub, go, me, tell }}
                  state={store.state}
                  users={page.users.filter(({ name, role }) => find === "" || `${name} ${role}`.includes(find))}
                  open={open.user ?? null}
                  again={users.again}
                />
                <Older first={after === null} next={page.next} to={(from) => go.open("after", from)} />
              </>
            )}
          </Reading>
        </section>
      )}
      {/* Together with what stands above it, so that nothing moves when that comes. */}
      {isRead(sessions) && (!isAdmin || isRead(users)) && (
        <section aria-labelledby="own">
          <h2 id="own">Your account, {me}</h2>
          <Reading read={sessions} what="your sessions">
            {(page) => <Sessions sessions={page.sessions} state={store.state} again={sessions.again} whose="Your" tell={tell} />}
          </Reading>
          <ChangePassword name={me} state={store.state} />
        </section>
      )}
    </>
  );
};

/** Answered, be it with a refusal. */
const isRead = ({ value, refused }: Read<unknown>): boolean => value !== null || refused !== null;
