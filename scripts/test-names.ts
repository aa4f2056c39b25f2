/** Reads the names of the tests in a file without running them. */
import ts from "typescript";

const groups = new Set(["describe", "suite"]);
const cases = new Set(["it", "test"]);
const notRun = new Set(["skip", "todo"]);

/** The names that lead to `describe.skipIf(x)("…")`: `["describe", "skipIf"]`. */
const calleeNames = (callee: ts.Expression): string[] => {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isPropertyAccessExpression(callee)) return [...calleeNames(callee.expression), callee.name.text];
  if (ts.isCallExpression(callee)) return calleeNames(callee.expression);
  return [];
};

const literal = (node: ts.Node | undefined): string | undefined => (node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined);

/**
 * Every test of a source text as the path of its names, outermost `describe` first. Tests that are skipped or only planned are left out,
 * and so are names that are not plain strings.
 */
export const testNames = (source: string): string[][] => {
  const found: string[][] = [];
  const visit = (node: ts.Node, path: readonly string[]): void => {
    if (ts.isCallExpression(node)) {
      const [base, ...modifiers] = calleeNames(node.expression);
      const name = literal(node.arguments[0]);
      const known = base !== undefined && (groups.has(base) || cases.has(base));
      if (known && modifiers.some((modifier) => notRun.has(modifier))) return;
      if (known && name !== undefined) {
        if (cases.has(base)) found.push([...path, name]);
        else for (const argument of node.arguments) ts.forEachChild(argument, (child) => visit(child, [...path, name]));
        return;
      }
    }
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(ts.createSourceFile("file.ts", source, ts.ScriptTarget.ES2024, false, ts.ScriptKind.TS), []);
  return found;
};
