import type { Ref } from "preact";
import { steps } from "./heat.ts";

const textOf = (index: number): string => {
  const [from, to] = [steps[index] ?? 0, steps[index + 1]];
  return to === undefined ? `${from} and more` : `${from} to ${to}`;
};

/** What colours and marks mean. The canvas takes its colours from here. */
export const Legend = ({ legend }: { legend: Ref<HTMLElement> }) => (
  <section class="scale" aria-label="Legend" ref={legend}>
    <span>CPU %</span>
    <ul>
      {steps.map((from, index) => (
        <li key={from}>
          <span class={`step step-${index}`} /> {textOf(index)}
        </li>
      ))}
      <li>
        <span class="not-known" /> not known
      </li>
      <li>
        <span class="moved came">●</span> a task came
      </li>
      <li>
        <span class="moved left">○</span> a task left
      </li>
    </ul>
    <span class="ring-colour" />
  </section>
);
