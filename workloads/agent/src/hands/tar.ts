const blockBytes = 512;

const octal = (value: number, length: number): string =>
  `${Math.floor(value)
    .toString(8)
    .padStart(length - 1, "0")}\0`;

/** One file of a tar archive, POSIX.1-1988 (ustar). `path`: ASCII, at most 100 characters. */
export const tarEntry = (path: string, content: Uint8Array, atMs: number): Buffer => {
  const header = Buffer.alloc(blockBytes);
  header.write(path, 0, 100, "latin1");
  header.write(octal(0o600, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(atMs / 1_000, 12), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  // The sum of all bytes of the header, its own field counted as spaces.
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  );
  return Buffer.concat([header, content, Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)]);
};

/** What ends an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * blockBytes);
