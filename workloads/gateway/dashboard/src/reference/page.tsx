import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Reference } from "./document.ts";
import { Navigation } from "./navigation.tsx";
import { type Place, placeOf } from "./place.ts";
import { search } from "./search.ts";
import { AreaView, Codes, Records, Start } from "./sections.tsx";

/** The reference: areas on the left, what the address names on the right. */
export const Page = ({ reference }: { readonly reference: Reference }) => {
  const [hash, setHash] = useState(location.hash);
  const [words, setWords] = useState("");
  const menu = useRef<HTMLDetailsElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const place = useMemo(() => placeOf(reference, hash), [reference, hash]);
  const found = useMemo(() => (words.trim() === "" ? null : search(reference, words)), [reference, words]);

  useEffect(() => {
    const follow = (): void => {
      setHash(location.hash);
      setWords("");
      if (menu.current !== null) menu.current.open = false;
    };
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("hashchange", follow);
    addEventListener("keydown", focus);
    return () => {
      removeEventListener("hashchange", follow);
      removeEventListener("keydown", focus);
    };
  }, []);
  useShown(place);

  const keys = (event: KeyboardEvent): void => {
    const [first] = found ?? [];
    if (event.key === "Enter" && first !== undefined) location.hash = first.hash;
    if (event.key !== "Escape") return;
    setWords("");
    field.current?.blur();
  };
  return (
    <>
      <a class="skip" href="#top-of-content">
        Skip to the content
      </a>
      <header>
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" width="20" height="20" /> Fogline
        </a>
        <a class="title" href="#start">
          API
        </a>
        <search>
          <label class="hidden" for="words">
            Search operations, records and codes
          </label>
          <input
            id="words"
            ref={field}
            type="search"
            placeholder="Search the API"
            autocomplete="off"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
            onKeyDown={keys}
          />
          <kbd>/</kbd>
        </search>
      </header>
      <div class="columns">
        <nav aria-label="Reference">
          <div class="wide">
            <Navigation reference={reference} place={place} found={found} />
          </div>
          <details class="narrow" ref={menu} open={found !== null}>
            <summary>{titleOf(place)}</summary>
            <Navigation reference={reference} place={place} found={found} />
          </details>
        </nav>
        <main id="top-of-content" tabIndex={-1}>
          <Content reference={reference} place={place} />
        </main>
      </div>
    </>
  );
};

const Content = ({ reference, place }: { readonly reference: Reference; readonly place: Place }) => {
  if (place.kind === "start") return <Start reference={reference} />;
  if (place.kind === "area") return <AreaView reference={reference} name={place.area} />;
  if (place.kind === "records") return <Records reference={reference} />;
  if (place.kind === "codes") return <Codes reference={reference} />;
  return (
    <>
      <h1 id="top" tabIndex={-1}>
        This API has nothing named {place.hash}.
      </h1>
      <p>
        It may have been renamed, or belong to another version. <a href="#start">Start</a> shows what there is.
      </p>
    </>
  );
};

const titleOf = (place: Place): string => {
  if (place.kind === "area") return place.area;
  return { start: "Start", records: "Records", codes: "Error codes", unknown: "Contents" }[place.kind];
};

/** Brings what the address names into view, and tells its name to those who hear the page. */
const useShown = (place: Place): void => {
  const first = useRef(true);
  const target = "target" in place ? place.target : null;
  const top = place.kind === "area" ? place.area : place.kind;
  useEffect(() => {
    document.title = target === null && place.kind === "start" ? "Fogline API" : `${target ?? titleOf(place)} - Fogline API`;
    const element = document.getElementById(target ?? "top");
    // The page that is opened without a target begins at its top, with the focus where browsers put it.
    if (element === null || (first.current && target === null)) {
      first.current = false;
      return;
    }
    first.current = false;
    if (target === null) scrollTo(0, 0);
    else element.scrollIntoView();
    element.focus({ preventScroll: true });
  }, [target, top]);
};
