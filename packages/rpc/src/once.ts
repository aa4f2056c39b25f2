import type { Result } from "@fogline/findings";
import { type AnswerKey, type Answers, hashOf } from "./answers.ts";
import type { AnyTransaction } from "./database.ts";
import { type AnyFailure, keyReused } from "./failure.ts";
import { encodeOwn } from "./json.ts";

type Answer = Result<unknown, AnyFailure>;

export interface Once {
  /**
   * Runs `work` at most once to an `ok` for this key and request, and gives every repetition the first answer. `work` gets the function behind
   * `CallContext.remember`. Failures are not kept: they had no effect, so a repetition tries again.
   */
  run(key: AnswerKey, request: unknown, work: (remember: Remember) => Promise<Answer>): Promise<Answer>;
}

export type Remember = (transaction: AnyTransaction, response: unknown) => Promise<void>;

/**
 * The order matters: look up, then work, then look again when the work threw. The work throws when another replica committed the same key
 * between both, and may also throw after its own commit (a lost connection); in each case the stored answer is the truth.
 */
export const runOnce = (answers: Answers, unremembered: (key: AnswerKey) => void): Once => {
  const inFlight = new Map<string, { readonly requestHash: string; readonly answer: Promise<Answer> }>();

  const stored = async (key: AnswerKey, requestHash: string): Promise<Answer | undefined> => {
    const found = await answers.find(key);
    if (found === undefined) return undefined;
    return found.requestHash === requestHash ? { ok: true, value: found.answer } : { ok: false, failure: keyReused(key.key) };
  };

  const first = async (key: AnswerKey, requestHash: string, work: (remember: Remember) => Promise<Answer>): Promise<Answer> => {
    const before = await stored(key, requestHash);
    if (before !== undefined) return before;
    let remembered: { readonly value: unknown } | undefined;
    const remember: Remember = async (transaction, response) => {
      encodeOwn(response);
      await answers.store(transaction, key, requestHash, response);
      remembered = { value: response };
    };
    try {
      const answer = await work(remember);
      if (!answer.ok) return answer;
      if (remembered !== undefined) return { ok: true, value: remembered.value };
      unremembered(key);
      encodeOwn(answer.value);
      await answers.storeAlone(key, requestHash, answer.value);
      return answer;
    } catch (thrown) {
      const after = await stored(key, requestHash);
      if (after !== undefined) return after;
      throw thrown;
    }
  };

  return {
    run: async (key, request, work) => {
      const requestHash = hashOf(request);
      const name = JSON.stringify([key.operation, key.principal, key.key]);
      const running = inFlight.get(name);
      if (running !== undefined) return running.requestHash === requestHash ? running.answer : { ok: false, failure: keyReused(key.key) };
      const answer = first(key, requestHash, work).finally(() => inFlight.delete(name));
      inFlight.set(name, { requestHash, answer });
      return answer;
    },
  };
};
