import type { Store } from "../live/state.ts";
import { Answer } from "./answer.tsx";

/** A page that is for admins alone, for somebody else: what it would show, and the next step. */
export const ForAdmins = ({ store, what }: { store: Store; what: string }) => {
  const { principal } = store.state;
  return (
    <>
      <Answer store={store} sentence={() => `Only admins may see ${what}.`} />
      <div class="empty">
        <p>
          You are signed in as {principal?.name ?? "nobody"} with the role {principal?.role ?? "none"}. An admin can give you the role admin on the
          page People, or tell you what you want to know.
        </p>
      </div>
    </>
  );
};
