/**
 * Reads the comments above the declarations and fields of the contracts, so that the API's reference says what the source says and nothing has to
 * be written twice. A key is a path: `NodeRecord.reason`, `nodes.list.request.after`, `verifyAudit`'s answer as `audit.verify.response`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./root.ts";

const folder = join(root, "packages/contracts/src");
/** What `openApiOf` reads. */
export const commentsFile = join(folder, "openapi/comments.ts");

/** Constants of all files by name; the contracts have no two of one name that are objects with comments. */
type Constants = ReadonlyMap<string, ts.Expression>;
type Tell = (path: string, text: string) => void;

interface Declared {
  readonly name: string;
  readonly value: ts.Expression;
  readonly comment: string | undefined;
}

/** Every comment by its path, sorted. */
export const contractComments = (): Readonly<Record<string, string>> => {
  const declared = readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => exportsIn(ts.createSourceFile(file, readFileSync(join(folder, file), "utf8"), ts.ScriptTarget.Latest, true)));
  const constants = new Map(declared.map(({ name, value }) => [name, value]));
  const told = new Map<string, string>();
  const tell: Tell = (path, text) => void told.set(path, text);
  for (const { name, value, comment } of declared) {
    const path = contractName(value) ?? name;
    if (comment !== undefined) tell(path, comment);
    if (path === name) walk(value, path, constants, tell);
    else for (const part of ["request", "response", "item"]) walkProperty(declarationOf(value), part, path, constants, tell);
  }
  return Object.fromEntries([...told].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** The text of the generated file. */
export const commentsText = (): string =>
  [
    "// Written by `npm run contracts` from the comments of the contracts.",
    "",
    "/** What the source says of a record, a field or an operation, by its path. */",
    `export const comments: Readonly<Record<string, string>> = ${JSON.stringify(contractComments(), null, 2)};`,
    "",
  ].join("\n");

const exportsIn = (file: ts.SourceFile): Declared[] =>
  file.statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement) || !statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    const comment = commentOf(statement);
    return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
      ts.isIdentifier(name) && initializer !== undefined ? [{ name: name.text, value: initializer, comment }] : [],
    );
  });

const commentOf = (node: ts.Node): string | undefined => {
  const texts = ts.getJSDocCommentsAndTags(node).flatMap((part) => (ts.isJSDoc(part) ? [ts.getTextOfJSDocComment(part.comment) ?? ""] : []));
  const text = texts.join(" ").replaceAll(/\s+/g, " ").trim();
  return text === "" ? undefined : text;
};

/** The object that `operation(...)` or `stream(...)` is given; undefined for anything else. */
const declarationOf = (value: ts.Expression): ts.ObjectLiteralExpression | undefined => {
  if (!ts.isCallExpression(value) || !ts.isIdentifier(value.expression)) return undefined;
  const [first] = value.arguments;
  return ["operation", "stream"].includes(value.expression.text) && first !== undefined && ts.isObjectLiteralExpression(first) ? first : undefined;
};

const contractName = (value: ts.Expression): string | undefined => {
  const name = propertiesOf(declarationOf(value)).find((property) => nameOf(property) === "name");
  return name !== undefined && ts.isStringLiteral(name.initializer) ? name.initializer.text : undefined;
};

const propertiesOf = (object: ts.ObjectLiteralExpression | undefined): ts.PropertyAssignment[] =>
  object?.properties.filter((property) => ts.isPropertyAssignment(property)) ?? [];
const nameOf = ({ name }: ts.PropertyAssignment): string => (ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "");

const walkProperty = (object: ts.ObjectLiteralExpression | undefined, name: string, path: string, constants: Constants, tell: Tell): void => {
  const property = propertiesOf(object).find((candidate) => nameOf(candidate) === name);
  if (property === undefined) return;
  const comment = commentOf(property);
  if (comment !== undefined) tell(`${path}.${name}`, comment);
  walk(property.initializer, `${path}.${name}`, constants, tell);
};

/** Follows a schema as it is written: objects by their fields, calls by what they wrap, `extend` and `omit` by what they start from. */
const walk = (value: ts.Expression, path: string, constants: Constants, tell: Tell): void => {
  if (ts.isArrayLiteralExpression(value)) for (const element of value.elements) walk(element, path, constants, tell);
  if (ts.isObjectLiteralExpression(value)) for (const property of propertiesOf(value)) walkProperty(value, nameOf(property), path, constants, tell);
  if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return;
  const { expression: owner, name } = value.expression;
  if (ts.isIdentifier(owner) && owner.text === "z") {
    for (const argument of value.arguments) walk(argument, path, constants, tell);
    return;
  }
  const base = ts.isIdentifier(owner) && ["extend", "omit"].includes(name.text) ? constants.get(owner.text) : owner;
  if (base !== undefined) walk(base, path, constants, tell);
  if (name.text === "extend") for (const argument of value.arguments) walk(argument, path, constants, tell);
};
