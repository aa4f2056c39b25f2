import { isChange, type Pair } from "./match.ts";
import { imagesOf } from "./pod-owner.ts";

/** An image of a workload that stays the same but for its version. */
export interface ImageChange {
  readonly workload: string;
  readonly image: string;
  readonly before: string;
  readonly after: string;
}

/** Images of one repository that a workload ran before and runs after in another version. */
export const imageChanges = (pairs: readonly Pair[]): readonly ImageChange[] =>
  pairs.filter(isChange).flatMap(({ before, after }) => {
    if (before === undefined || after === undefined) return [];
    const old = imagesOf(before.object).map(splitImage);
    return imagesOf(after.object)
      .map(splitImage)
      .flatMap(({ repository, version }) => {
        const was = old.filter((one) => one.repository === repository);
        const [former] = was;
        if (former === undefined || was.some((one) => one.version === version)) return [];
        return [{ workload: after.object.metadata.name, image: repository, before: former.version, after: version }];
      });
  });

/** `registry.example:5000/app:1.0@sha256:...` in its repository and the version that people name. */
const splitImage = (image: string): { readonly repository: string; readonly version: string } => {
  const [reference = "", digest] = image.split("@");
  const [, tag] = /:([^:/]+)$/.exec(reference) ?? [];
  const shortDigest = digest?.replace("sha256:", "").slice(0, 12);
  return { repository: tag === undefined ? reference : reference.slice(0, -tag.length - 1), version: tag ?? shortDigest ?? "latest" };
};
