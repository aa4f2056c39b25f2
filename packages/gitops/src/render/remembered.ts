/**
 * A function that answers for an object what it answered for an equal one before. Of the objects of many clusters most are equal, and whether they
 * are is found out in a fraction of the time that it takes to check one and to write it as YAML. Equal is what has the same JSON text.
 */
export const remembered = <Subject extends object, Answer>(answer: (subject: Subject) => Answer): ((subject: Subject) => Answer) => {
  const answers = new Map<string, { readonly answer: Answer }>();
  return (subject) => {
    const key = JSON.stringify(subject);
    const known = answers.get(key) ?? { answer: answer(subject) };
    answers.set(key, known);
    return known.answer;
  };
};
