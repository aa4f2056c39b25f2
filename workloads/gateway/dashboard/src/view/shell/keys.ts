import { useEffect } from "preact/hooks";
import { type Go, routes } from "../../route.ts";

/** After `g` the letter must come within this time. */
const chordMs = 1_500;

/** `g` and then a page's letter goes there, from anywhere but a field that is typed into. */
export const useKeys = (go: Go): void => {
  useEffect(() => {
    let gAtMs = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if (isForTheBrowser(event) || isTyping(event.target)) return;
      const since = event.timeStamp - gAtMs;
      gAtMs = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (since > chordMs) return;
      const route = routes.find(({ key }) => key === event.key);
      if (route === undefined) return;
      event.preventDefault();
      go.to(route.pattern);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
};

export const isForTheBrowser = ({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean => ctrlKey || metaKey || altKey;

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
