const subjectPattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const wildcardPattern = /^([A-Za-z0-9_-]+|\*)(\.([A-Za-z0-9_-]+|\*))*(\.>)?$|^>$/;
/** The longest subject or pattern, in characters. */
const subjectLengthMax = 255;

/** Throws TypeError when `subject` is not one that a message can be sent to. */
export const checkSubject = (subject: string): void => {
  if (subject.length > subjectLengthMax || !subjectPattern.test(subject)) throw new TypeError(`"${subject}" is not a subject`);
};

/** Throws TypeError when `pattern` is not one that can be subscribed to: a subject, `*` for one token, a final `>` for one token or more. */
export const checkPattern = (pattern: string): void => {
  if (pattern.length > subjectLengthMax || !wildcardPattern.test(pattern)) throw new TypeError(`"${pattern}" is not a subject pattern`);
};

/** Whether messages to `subject` belong to a subscription of `pattern`. */
export const subjectMatches = (pattern: string, subject: string): boolean => {
  if (pattern === subject) return true;
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return tokens.length > index;
    if (index >= tokens.length || (token !== "*" && token !== tokens[index])) return false;
  }
  return tokens.length === wanted.length;
};
