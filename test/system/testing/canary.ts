import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A value in every form in which it could lie around. */
const formsOf = (value: string): string[] => {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // Letters at both ends also depend on what is beside the value.
    return text.slice(shift === 0 ? 0 : shift + 1, -2);
  });
  const hex = bytes.toString("hex");
  return [
    value,
    hex,
    hex.toUpperCase(),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
};

/** Whether a value is anywhere in a text, in whatever form. */
export const holds = (text: string, value: string): boolean => formsOf(value).some((form) => text.includes(form));

/** Every file of a folder and those below it. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The files of a folder that hold a value, in whatever form. */
export const whereItLies = (folder: string, value: string): string[] =>
  filesBelow(folder).filter(
    (path) => holds(readFileSync(path, "latin1"), Buffer.from(value).toString("latin1")) || holds(readFileSync(path, "utf8"), value),
  );
