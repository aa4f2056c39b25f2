import { useRef, useState } from "preact/hooks";

/** A command as it is typed, with a button that copies it. Where the browser forbids copying, the text is selected instead. */
export const Command = ({ text }: { text: string }) => {
  const code = useRef<HTMLElement>(null);
  const [said, say] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say("copied");
    } catch {
      if (code.current !== null) getSelection()?.selectAllChildren(code.current);
      say("selected");
    }
    setTimeout(() => say(""), 2_000);
  };
  return (
    <span class="command">
      <code ref={code}>{text}</code>
      <button type="button" class="quiet" onClick={copy} aria-label={`Copy: ${text}`}>
        <span aria-live="polite">{said === "" ? "copy" : said}</span>
      </button>
    </span>
  );
};
