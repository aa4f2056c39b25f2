import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { type Place, placeOf, readPlace, writePlace } from "../../live/address.ts";
import { type Go, routeOf } from "../../route.ts";

/** Where the reader is, and how to go elsewhere. Links to pages are followed without loading anything anew. */
export const usePlace = (): { readonly place: Place; readonly go: Go } => {
  const [place, setPlace] = useState<Place>(readPlace);
  const change = useCallback((next: Place) => {
    const elsewhere = next.path !== location.pathname;
    writePlace(next);
    setPlace(next);
    if (elsewhere) scrollTo(0, 0);
  }, []);
  useEffect(() => {
    const read = (): void => setPlace(readPlace());
    const follow = (event: MouseEvent): void => {
      const address = pageAddress(event);
      if (address === null) return;
      event.preventDefault();
      change(placeOf(address));
    };
    addEventListener("hashchange", read);
    addEventListener("popstate", read);
    addEventListener("click", follow);
    return () => {
      removeEventListener("hashchange", read);
      removeEventListener("popstate", read);
      removeEventListener("click", follow);
    };
  }, []);
  const go = useMemo<Go>(
    () => ({
      to: (address) => change(placeOf(address)),
      open: (kind, id) => {
        const { [kind]: _, ...others } = readPlace().open;
        change({ ...readPlace(), open: id === null ? others : { ...others, [kind]: id } });
      },
      find: (find) => change({ ...readPlace(), find }),
    }),
    [],
  );
  return { place, go };
};

/** The address of the page that a click goes to; null when the click is the browser's own business. */
const pageAddress = (event: MouseEvent): string | null => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.origin !== location.origin || link.getAttribute("href")?.startsWith("#")) return null;
  return routeOf({ path: link.pathname }) === undefined ? null : link.href;
};
