import type { TaskResult } from "@fogline/contracts";

/** How a task ended and what it wrote. */
export const Output = ({ result }: { result: TaskResult }) => (
  <div class="result">
    <h3>{endingOf(result)}</h3>
    {result.stdout !== "" && <pre>{result.stdout}</pre>}
    {result.stderr !== "" && (
      <>
        <h3>Errors</h3>
        <pre>{result.stderr}</pre>
      </>
    )}
    {result.stdout === "" && result.stderr === "" && <p class="quiet">It wrote nothing.</p>}
    {result.outputTruncated && <p class="quiet">The output was longer; this is what the limit lets through.</p>}
  </div>
);

const endingOf = ({ outcome, exitCode, signal, message, node }: TaskResult): string => {
  const how = outcome === "exited" ? `Exited with code ${exitCode ?? "unknown"}` : signal === null ? outcome : `${outcome} by ${signal}`;
  return `${how} on ${node}${message === null ? "" : `: ${message}`}`;
};
