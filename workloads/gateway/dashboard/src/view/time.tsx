import { useEffect, useState } from "preact/hooks";
import { agoText, durationText, exactTime } from "../text/format.ts";

let skewMs = 0;
const listeners = new Set<() => void>();
let timer = 0;

/** The hub's time: what the page shows is dated by the hub's clock. */
export const hubNow = (): number => Date.now() + skewMs;
export const setSkew = (ms: number): void => {
  skewMs = ms;
};

const onSecond = (listener: () => void): (() => void) => {
  listeners.add(listener);
  timer ||= setInterval(() => {
    for (const tell of listeners) tell();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = 0;
  };
};

/** A text made of the time, drawn again when it reads differently. */
export const useClock = (text: (nowMs: number) => string): string => {
  const [, redraw] = useState("");
  useEffect(() => onSecond(() => redraw(text(hubNow()))));
  return text(hubNow());
};

const texts = { ago: agoText, for: (atMs: number, nowMs: number) => durationText(nowMs - atMs) };

/** A moment, as how long ago it is; the exact time on hover. */
export const Time = ({ at, as = "ago" }: { at: number; as?: keyof typeof texts }) => {
  const text = useClock((nowMs) => texts[as](at, nowMs));
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {text}
    </time>
  );
};
