import { useState } from "preact/hooks";

const shownMs = 1_500;

/** An example to copy. Browsers let pages copy only over TLS or on the machine itself; elsewhere the text can be selected. */
export const CodeBlock = ({ label, text }: { readonly label: string; readonly text: string }) => {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), shownMs);
  };
  return (
    <figure class="example">
      <figcaption>
        <span>{label}</span>
        {navigator.clipboard !== undefined && (
          <button type="button" class="copy" onClick={copy} aria-label={`Copy the ${label} example`}>
            {copied ? "copied" : "copy"}
          </button>
        )}
      </figcaption>
      <pre>
        <code>{text}</code>
      </pre>
    </figure>
  );
};
