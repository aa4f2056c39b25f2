import { render } from "preact";
import { Hub } from "./live/hub.ts";
import { Store } from "./live/state.ts";
import "./style/base.css";
import "./style/tables.css";
import "./style/narrow.css";
import { Page } from "./view/page.tsx";

const root = document.getElementById("page");
if (root !== null) {
  const store = new Store();
  const hub = new Hub(store);
  // Before the first drawing, because the sign-in code must leave the address before anything reads it.
  void hub.start();
  root.replaceChildren();
  render(<Page store={store} hub={hub} />, root);
}
