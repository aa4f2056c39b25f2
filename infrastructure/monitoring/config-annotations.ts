/** Flux replaces `${...}` in what it applies, and what is written in such a ConfigMap belongs to somebody else. */
export const notSubstituted = { "kustomize.toolkit.fluxcd.io/substitute": "disabled" } as const;

/**
 * An annotation of a pod that changes with its configuration, so that it starts anew: neither program looks for changes by itself. Its first word keeps
 * every reader of YAML from taking a digest such as 02e59222 for a number, whoever wrote the text anew in between; kustomize drops quotes.
 */
export const restartsWith = (config: string): Record<string, string> => ({ "fogline.dev/config": `fnv1a-${fnv1a(config)}` });

/** FNV-1a with 32 bits, over UTF-16 units: to tell a text from the one before, not to protect it. http://www.isthe.com/chongo/tech/comp/fnv/ */
const fnv1a = (text: string): string => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
};
