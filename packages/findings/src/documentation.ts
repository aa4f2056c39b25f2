/** The section that explains a code, from the repository's root: rules of a tree have a page with examples, the others are in one list. */
export const documentationOf = (code: string): string => `docs/${/^FL(2\d|31)\d\d$/.test(code) ? "policies" : "errors"}.md#${code.toLowerCase()}`;
