/** The registry that an image reference without one means. */
const DEFAULT_REGISTRY = "docker.io";

const isHost = (part: string): boolean => part.includes(".") || part.includes(":") || part === "localhost";

/** Registry and path of an image reference, without tag and digest: "nginx:1.29" is "docker.io/library/nginx". */
export const imagePath = (image: string): string => {
  const path = image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  const slash = path.indexOf("/");
  if (slash < 0) return `${DEFAULT_REGISTRY}/library/${path}`;
  return isHost(path.slice(0, slash)) ? path : `${DEFAULT_REGISTRY}/${path}`;
};

/** Whether an image comes from `allowed`: a registry ("ghcr.io") or a path in one ("ghcr.io/acme"), matched by whole path parts. */
export const comesFrom = (image: string, allowed: string): boolean => {
  const path = imagePath(image);
  const prefix = allowed.replace(/\/+$/, "");
  return prefix !== "" && (path === prefix || path.startsWith(`${prefix}/`));
};
