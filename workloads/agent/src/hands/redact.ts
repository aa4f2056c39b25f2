const hidden = "[redacted]";

/** What proves something, wherever it turns up: each with what is put in its place. */
const secrets: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, `-----BEGIN PRIVATE KEY----- ${hidden}`],
  [/\bfle_[A-Za-z0-9_-]{16,}/g, `fle_${hidden}`],
  [/\bAGE-SECRET-KEY-1[A-Z0-9]+/g, `AGE-SECRET-KEY-${hidden}`],
  // The token with which a node joins K3s.
  [/\bK10[0-9a-f]{64}::\S+/g, `K10${hidden}`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g, hidden],
  [/\b(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)[^\s"']+/gi, `$1${hidden}`],
  [/\b(bearer\s+)[A-Za-z0-9._~+/-]{16,}=*/gi, `$1${hidden}`],
  [/(:\/\/[^\s:/@]*:)[^\s@/]+@/g, `$1${hidden}@`],
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|pre-?shared-?key|psk)["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,;}]+)/gi,
    `$1${hidden}`,
  ],
];

/** A text without what looks like a secret, and how many places that were. It errs towards hiding: what it leaves may still be private. */
export const redacted = (text: string): { readonly text: string; readonly count: number } => {
  let count = 0;
  const result = secrets.reduce(
    (rest, [pattern, instead]) =>
      rest.replace(pattern, (...match) => {
        count += 1;
        return instead.replace("$1", typeof match[1] === "string" ? match[1] : "");
      }),
    text,
  );
  return { text: result, count };
};
