import type { ComponentType } from "preact";
import type { Place } from "./live/address.ts";
import type { Hub } from "./live/hub.ts";
import type { Store } from "./live/state.ts";

/** How a page changes the address. */
export interface Go {
  /** To another page, by its address: `/devices/pi-2`, `/tasks#find=train`. Plain links to pages do the same. */
  readonly to: (address: string) => void;
  /** Opens (or closes, with null) something on this page; the address follows: `open("device", "pi-2")`. */
  readonly open: (kind: string, id: string | null) => void;
  readonly find: (text: string) => void;
}

/** What every page gets. */
export interface PageProps {
  readonly store: Store;
  readonly hub: Hub;
  /** What the names in the pattern stand for: `/devices/:id` gives `id`. */
  readonly params: Readonly<Record<string, string>>;
  /** What is open on the page, by kind. */
  readonly open: Readonly<Record<string, string>>;
  /** What is searched for, trimmed and in lower case; "" without a search. */
  readonly find: string;
  readonly go: Go;
}

export interface Route {
  readonly pattern: string;
  /** Names the page in the navigation and in the browser's tab; a page about one thing puts its name before it. */
  readonly title: string;
  /** What the page answers, for the search. */
  readonly about: string;
  /** `g` and this letter go there. Pages about one thing have none. */
  readonly key?: string;
  /** Pages about one thing are not in the navigation; on a phone only the main ones are in the bar, the others in its menu. */
  readonly place: "main" | "more" | "none";
  /** Each page is a file of its own, so that the first one stays small. */
  readonly load: () => Promise<{ readonly Page: ComponentType<PageProps> }>;
}

/** Every page, in the order of the navigation. */
export const routes: readonly Route[] = [
  {
    ...{ pattern: "/", title: "Overview", about: "how the fleet is", key: "o", place: "main" },
    load: () => import("./view/overview/page.tsx"),
  },
  {
    ...{ pattern: "/topology", title: "Topology", about: "every device by tier and site", key: "t", place: "main" },
    load: () => import("./view/topology/page.tsx"),
  },
  {
    ...{ pattern: "/placements", title: "Placements", about: "use by hour, and what moved why", key: "p", place: "more" },
    load: () => import("./view/placements/page.tsx"),
  },
  {
    ...{ pattern: "/tasks", title: "Tasks", about: "what runs, what waits and why", key: "k", place: "main" },
    load: () => import("./view/tasks/page.tsx"),
  },
  {
    ...{ pattern: "/deployments", title: "Deployments", about: "what runs in how many copies", key: "d", place: "more" },
    load: () => import("./view/deployments/page.tsx"),
  },
  {
    ...{ pattern: "/events", title: "Events", about: "what happened", key: "e", place: "main" },
    load: () => import("./view/events/page.tsx"),
  },
  {
    ...{ pattern: "/gitops", title: "GitOps", about: "which revision runs where, and what differs from it", key: "i", place: "more" },
    load: () => import("./view/gitops/page.tsx"),
  },
  {
    ...{ pattern: "/audit", title: "Audit", about: "who changed what", key: "a", place: "more" },
    load: () => import("./view/audit/page.tsx"),
  },
  {
    ...{ pattern: "/enrol", title: "Enrol", about: "add a device", key: "n", place: "more" },
    load: () => import("./view/enrol/page.tsx"),
  },
  {
    ...{ pattern: "/people", title: "People", about: "who may come in, and open sessions", key: "u", place: "more" },
    load: () => import("./view/people/page.tsx"),
  },
  {
    ...{ pattern: "/devices/:id", title: "Device", about: "one device", place: "none" },
    load: () => import("./view/device/page.tsx"),
  },
  {
    ...{ pattern: "/tasks/:id", title: "Task", about: "one task", place: "none" },
    load: () => import("./view/tasks/task-page.tsx"),
  },
];

export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const paramsOf = (pattern: string, path: string): Record<string, string> | null => {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== value) return null;
    } else if (value === "") return null;
    else params[part.slice(1)] = unescaped(value);
  }
  return params;
};

/** A path that a person mangled names itself. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The page of a path; undefined where there is none. */
export const routeOf = ({ path }: Pick<Place, "path">): Matched | undefined => {
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  for (const route of routes) {
    const params = paramsOf(route.pattern, trimmed);
    if (params !== null) return { route, params };
  }
  return undefined;
};

/** The addresses of pages about one thing. */
export const deviceAddress = (id: string): string => `/devices/${encodeURIComponent(id)}`;
export const taskAddress = (id: string): string => `/tasks/${encodeURIComponent(id)}`;
