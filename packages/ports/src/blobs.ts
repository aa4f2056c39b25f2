/** Content address: `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** Immutable bytes by content. Used for models, artifacts and bodies too large for the bus. */
export interface Blobs {
  /** Stores the bytes durably. Storing the same content twice is one blob. */
  put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ digest: Digest; sizeBytes: number }>;
  /** The content, verified against the digest while it is read (the iteration rejects on damage), or `undefined` when there is no such blob. */
  get(digest: Digest): Promise<AsyncIterable<Uint8Array> | undefined>;
  has(digest: Digest): Promise<boolean>;
  /** False when there was none. */
  remove(digest: Digest): Promise<boolean>;
  list(): AsyncIterable<{ digest: Digest; sizeBytes: number }>;
}
