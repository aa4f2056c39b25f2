/** What a version brings, out of the commits: their first lines say what is true now. */

export interface Version {
  readonly version: string;
  /** Day of its commit, such as 2026-11-26. */
  readonly date: string;
  /** First lines of the commits since the version before, newest first; `undefined` for the first version. */
  readonly commits: readonly string[] | undefined;
}

const title = "# Changes";
const headingOf = ({ version, date }: Pick<Version, "version" | "date">): string => `## ${version} (${date})`;

/** The section of one version. */
export const sectionOf = ({ version, date, commits }: Version): string => {
  const lines = commits === undefined ? ["The first release."] : commits.length === 0 ? ["Nothing changed."] : commits.map((line) => `- ${line}`);
  return `${headingOf({ version, date })}\n\n${lines.join("\n")}\n`;
};

/** The changelog with the section of a version at the top. One that it has of that version already is replaced. */
export const changelogWith = (section: Version, present: string | undefined): string => {
  const sections = (present ?? "").split(/^(?=## )/m).filter((text) => text.startsWith("## "));
  const others = sections.filter((text) => !text.startsWith(`## ${section.version} `));
  return `${[title, sectionOf(section).trim(), ...others.map((text) => text.trim())].join("\n\n")}\n`;
};
