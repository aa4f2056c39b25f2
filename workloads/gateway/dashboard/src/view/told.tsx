import { useCallback, useState } from "preact/hooks";
import { clockTime } from "../text/format.ts";
import { hubNow } from "./time.tsx";

/** What happened last on a page, for actions whose own place goes away with what they did. */
export const useTold = (): { readonly told: string; readonly tell: (what: string) => void } => {
  const [told, setTold] = useState("");
  return { told, tell: useCallback((what: string) => setTold(`${clockTime(hubNow())}: ${what}.`), []) };
};

export const Told = ({ what }: { what: string }) => (
  <p role="status" class="told">
    {what}
  </p>
);
