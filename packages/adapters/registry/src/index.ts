export { type Artifact, type Blob, blobOf, type Descriptor, digestOf, indexType, jsonBytes, manifestType } from "./blob.ts";
export { type Credentials, registryLogin } from "./credentials.ts";
export { type Content, type PackedArtifact, packArtifact } from "./pack.ts";
export { type Published, type PublishOptions, publish } from "./publish.ts";
export { openRepository, type Repository, type RepositoryOptions } from "./repository.ts";
export { newSigningKey, publicKeyOf, type SigningKey, signatureTag } from "./signature.ts";
