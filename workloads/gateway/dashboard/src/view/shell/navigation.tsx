import { useEffect, useRef } from "preact/hooks";
import { type Route, routes } from "../../route.ts";
import { memo } from "../memo.tsx";

const pages = routes.filter(({ place }) => place !== "none");

/** Pages about one thing belong to the page that lists such things. */
const isAt = (route: Route, current: Route | undefined): boolean =>
  current !== undefined && (current === route || (route.pattern !== "/" && current.pattern.startsWith(`${route.pattern}/`)));

const PageLink = ({ route, current }: { route: Route; current: Route | undefined }) => (
  <a
    href={route.pattern}
    aria-current={isAt(route, current) ? "page" : undefined}
    title={`${route.about} (g ${route.key})`}
    aria-keyshortcuts={`g ${route.key}`}
  >
    {route.title}
  </a>
);

export const Navigation = memo(({ current }: { current: Route | undefined }) => (
  <nav class="pages" aria-label="Pages">
    {pages.map((route) => (
      <PageLink key={route.pattern} {...{ route, current }} />
    ))}
    <a href="/reference" title="every operation of the API">
      API
    </a>
  </nav>
));

/** The same where thumbs reach it: the main pages, the others in a menu. */
export const BottomBar = memo(({ current }: { current: Route | undefined }) => {
  const more = useRef<HTMLDetailsElement>(null);
  useMenu(more);
  return (
    <nav class="bar" aria-label="Pages, on a phone">
      {pages.flatMap((route) => (route.place === "main" ? <PageLink key={route.pattern} {...{ route, current }} /> : []))}
      <details class="menu" ref={more}>
        <summary>More</summary>
        <div class="sheet">
          {pages.flatMap((route) => (route.place === "more" ? <PageLink key={route.pattern} {...{ route, current }} /> : []))}
          <a href="/reference">API</a>
        </div>
      </details>
    </nav>
  );
});

/** A menu closes when something of it was chosen, when one looks elsewhere, and with Escape. */
export const useMenu = (menu: { readonly current: HTMLDetailsElement | null }): void => {
  useEffect(() => {
    const close = (event: Event): void => {
      const { current } = menu;
      if (current === null || !current.open) return;
      const target = event.target instanceof Node ? event.target : null;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        current.querySelector("summary")?.focus();
      } else if (current.contains(target) && !(event.type === "click" && target instanceof Element && target.closest("a") !== null)) return;
      current.open = false;
    };
    const names = ["click", "keydown", "focusin"] as const;
    for (const name of names) document.addEventListener(name, close);
    return () => {
      for (const name of names) document.removeEventListener(name, close);
    };
  }, []);
};
