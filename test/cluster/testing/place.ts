/** A path inside an object without the numbers of list items: `spec.containers.*.name`. */
export const placeOf = (path: string): string => path.replaceAll(/\.\d+(?=\.|$)/g, ".*");
