import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type PageProps, type Route, routes } from "../../route.ts";

const loaded = new Map<Route, ComponentType<PageProps>>();

/** Begins to load a page's code, so that it is there when it is needed. */
export const loadPage = async (route: Route): Promise<void> => {
  if (!loaded.has(route)) loaded.set(route, (await route.load()).Page);
};

/** Loads the other pages while nothing else is to do: with the hub gone one can still go to them. */
const loadOthers = async (): Promise<void> => {
  for (const route of routes) await loadPage(route).catch(() => undefined);
};

interface LazyPageProps extends PageProps {
  readonly route: Route;
}

/** A page whose code is loaded when it is first opened. The focus goes to its answer when one comes from another page. */
export const LazyPage = ({ route, ...props }: LazyPageProps) => {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState<Route | null>(null);
  const View = loaded.get(route);
  const address = `${route.pattern} ${Object.values(props.params).join(" ")}`;
  const before = useRef(address);
  useEffect(() => {
    if (View !== undefined) return;
    void loadPage(route).then(
      () => redraw((count) => count + 1),
      () => setFailed(route),
    );
  }, [route, failed]);
  // With the drawing, not after it: whoever types on at once must not lose the focus again.
  useLayoutEffect(() => {
    if (View === undefined || before.current === address) return;
    before.current = address;
    document.getElementById("answer")?.focus({ preventScroll: true });
  });
  useEffect(() => {
    const soon = setTimeout(() => void loadOthers(), othersAfterMs);
    return () => clearTimeout(soon);
  }, []);
  if (View !== undefined) return <View key={address} {...props} />;
  if (failed !== route) return <div class="instead" aria-busy="true" />;
  return (
    <div class="instead" role="alert">
      <h1 id="answer" tabIndex={-1}>
        This page could not be loaded.
      </h1>
      <p>The hub does not answer, or was upgraded since this tab was opened.</p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        Load anew
      </button>
    </div>
  );
};

const othersAfterMs = 3_000;
