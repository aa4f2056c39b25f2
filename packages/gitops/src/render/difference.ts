import type { Finding } from "@fogline/findings";

/** Compares rendered files with those on disk under the same folders. Empty when they are equal. */
export const differences = (rendered: ReadonlyMap<string, string>, committed: ReadonlyMap<string, string>): Finding[] => {
  const paths = [...new Set([...rendered.keys(), ...committed.keys()])].toSorted();
  return paths.flatMap((path): Finding[] => {
    const wanted = rendered.get(path);
    const found = committed.get(path);
    if (wanted === found) return [];
    const message =
      found === undefined ? "is missing" : wanted === undefined ? "is there but the fleet does not render it" : "differs from what the fleet renders";
    return [{ code: "FL3001", severity: "error", message: `${path} ${message}`, place: { file: path, ...firstDifference(wanted, found) } }];
  });
};

const firstDifference = (wanted: string | undefined, found: string | undefined): { line?: number } => {
  if (wanted === undefined || found === undefined) return {};
  const [a, b] = [wanted.split("\n"), found.split("\n")];
  return { line: a.findIndex((line, index) => line !== b[index]) + 1 || a.length + 1 };
};
