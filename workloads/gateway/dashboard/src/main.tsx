import { render } from "preact";
import { readPlace } from "./live/address.ts";
import { Hub } from "./live/hub.ts";
import { Store } from "./live/state.ts";
import { routeOf } from "./route.ts";
import "./style/base.css";
import "./style/shell.css";
import "./style/tables.css";
import "./style/narrow.css";
import { loadPage } from "./view/shell/lazy-page.tsx";
import { Shell } from "./view/shell/shell.tsx";

const root = document.getElementById("page");
if (root !== null) {
  const store = new Store();
  const hub = new Hub(store);
  // Before the first drawing, because the code of a sign-in link must leave the address before anything reads it.
  void hub.start();
  const matched = routeOf(readPlace());
  // While the lists are on their way; the page itself says it when its code does not come.
  if (matched !== undefined) void loadPage(matched.route).catch(() => undefined);
  root.replaceChildren();
  render(<Shell store={store} hub={hub} />, root);
}
