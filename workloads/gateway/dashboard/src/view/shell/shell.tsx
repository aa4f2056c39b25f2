import { useEffect, useState } from "preact/hooks";
import type { Hub } from "../../live/hub.ts";
import type { Store } from "../../live/state.ts";
import { routeOf } from "../../route.ts";
import { Mark } from "../mark.tsx";
import { setSkew } from "../time.tsx";
import { Account } from "./account.tsx";
import { useKeys } from "./keys.ts";
import { LazyPage } from "./lazy-page.tsx";
import { BottomBar, Navigation } from "./navigation.tsx";
import { usePlace } from "./place.ts";
import { Search } from "./search.tsx";
import { Instead, NoPage } from "./states.tsx";
import { Welcome } from "./welcome.tsx";

/** What stands around every page: where one is, where one can go, the search, whether the hub is there, and who one is. */
export const Shell = ({ store, hub }: { store: Store; hub: Hub }) => {
  const [, redraw] = useState(0);
  useEffect(() => store.subscribe(() => redraw((count) => count + 1)), [store]);
  setSkew(store.skewMs);
  const { place, go } = usePlace();
  useKeys(go);
  const { state } = store;
  const live = state.phase === "live";
  const gone = state.goneSinceMs !== null;
  const matched = routeOf(place);
  const title = live ? titleOf(matched) : "Fogline";
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("answer")?.focus()}>
        Skip to the answer
      </button>
      <header>
        <a class="brand" href="/" aria-label="Fogline, overview">
          <img src="/favicon.svg" alt="" width="20" height="20" /> <span>Fogline</span>
        </a>
        {live && <Navigation current={matched?.route} />}
        {live && <Search value={place.find} state={state} go={go} />}
        {live && <span class="link-state">{gone ? <Mark meaning="bad" word="hub gone" /> : <Mark meaning="good" word="live" />}</span>}
        {live && <Account principal={state.principal} hub={hub} />}
      </header>
      <main class={gone ? "gone" : ""} id="main" data-page={pageName(matched)}>
        {!live ? (
          <Instead {...{ state, hub }} />
        ) : matched === undefined ? (
          <NoPage path={place.path} />
        ) : (
          <>
            <LazyPage {...{ store, hub, go }} {...matched} open={place.open} find={place.find.trim().toLowerCase()} />
            {state.byLink && <Welcome store={store} />}
          </>
        )}
      </main>
      {live && <BottomBar current={matched?.route} />}
    </>
  );
};

/** What the styles of a page go by: every page's are loaded sooner or later, and shall not reach the others. */
const pageName = (matched: ReturnType<typeof routeOf>): string => matched?.route.pattern.split("/")[1] || "overview";

const titleOf = (matched: ReturnType<typeof routeOf>): string => {
  if (matched === undefined) return "No such page · Fogline";
  const { route, params } = matched;
  if (route.pattern === "/") return "Fogline";
  return `${params.id ?? route.title} · Fogline`;
};
