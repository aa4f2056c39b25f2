// The part of the tar format (POSIX ustar) that an archive of plain files needs. Any tar program lists and unpacks what is written here; what is
// read here may come from anywhere, so that everything is checked: a name that leads out of the folder, a link, a size that is none.

/** A file in an archive. */
export interface TarEntry {
  /** Relative, with `/`, of {@link isPlainPath}. */
  readonly path: string;
  readonly bytes: number;
}

const blockBytes = 512;
/** What a header's name field holds; longer names are refused when they are written. */
const nameBytesMax = 100;
/** What eleven octal digits can say. */
const sizeMax = 8 ** 11 - 1;
const regularFile = "0";

/** Whether a path is one below a folder and cannot lead out of it. */
export const isPlainPath = (path: string): boolean =>
  path.split("/").every((part) => /^[A-Za-z0-9._@+=-]+$/.test(part) && part !== "." && part !== "..");

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;

/** The sum that a header carries of itself, its own field counted as spaces. */
const sumOf = (header: Uint8Array): number => header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);

/** Throws TypeError for a path or size that the format has no place for. */
export const tarHeader = ({ path, bytes }: TarEntry, modifiedSeconds: number): Buffer => {
  if (!isPlainPath(path) || Buffer.byteLength(path) > nameBytesMax) throw new TypeError(`an archive has no place for the name ${path}`);
  if (bytes > sizeMax) throw new TypeError(`an archive has no place for ${bytes} bytes in one file`);
  const header = Buffer.alloc(blockBytes);
  header.write(path, 0, "utf8");
  header.write(octal(0o600, 7), 100, "latin1");
  header.write(octal(0, 7), 108, "latin1");
  header.write(octal(0, 7), 116, "latin1");
  header.write(octal(bytes, 11), 124, "latin1");
  header.write(octal(modifiedSeconds, 11), 136, "latin1");
  header.write(regularFile, 156, "latin1");
  header.write("ustar\u000000", 257, "latin1");
  header.write(`${octal(sumOf(header), 6)} `, 148, "latin1");
  return header;
};

/** What follows a file's bytes, so that the next header begins a block. */
export const tarPadding = (bytes: number): Buffer => Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);

/** What ends an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * blockBytes);

/** Whoever unpacks: told of each file, then of its bytes, then of its end. */
export interface TarReader {
  begin(entry: TarEntry): void;
  data(chunk: Uint8Array): void;
  end(): void;
}

const textIn = (header: Buffer, from: number, to: number): string => {
  const field = header.subarray(from, to);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
};

const entryOf = (header: Buffer): TarEntry => {
  const stated = Number.parseInt(textIn(header, 148, 156).trim(), 8);
  if (stated !== sumOf(header)) throw new Error("a header's checksum is wrong");
  const kind = String.fromCharCode(header[156] ?? 0);
  const path = textIn(header, 0, nameBytesMax);
  if (kind !== regularFile && kind !== "\0") throw new Error(`${JSON.stringify(path)} is no plain file`);
  if (!isPlainPath(path) || textIn(header, 345, 500) !== "") throw new Error(`the name ${JSON.stringify(path)} is not one of a backup`);
  const size = textIn(header, 124, 136).trim();
  if (!/^[0-7]{1,11}$/.test(size)) throw new Error(`the size of ${path} is none`);
  return { path, bytes: Number.parseInt(size, 8) };
};

/** Reads an archive as its bytes come. Rejects at the first thing that is not right, an archive that ends early included. */
export const readTar = async (chunks: AsyncIterable<Buffer>, reader: TarReader): Promise<void> => {
  let rest: Buffer = Buffer.alloc(0);
  let fileBytesLeft = 0;
  let paddingLeft = 0;
  let ended = false;
  let open = false;
  for await (const chunk of chunks) {
    if (ended) continue;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (!ended) {
      if (fileBytesLeft > 0) {
        const part = rest.subarray(0, fileBytesLeft);
        if (part.length === 0) break;
        reader.data(part);
        fileBytesLeft -= part.length;
        rest = rest.subarray(part.length);
        if (fileBytesLeft > 0) break;
      }
      if (open) {
        reader.end();
        open = false;
      }
      if (rest.length < paddingLeft + blockBytes) break;
      const header = rest.subarray(paddingLeft, paddingLeft + blockBytes);
      rest = rest.subarray(paddingLeft + blockBytes);
      paddingLeft = 0;
      if (header.every((byte) => byte === 0)) {
        ended = true;
        break;
      }
      const entry = entryOf(header);
      reader.begin(entry);
      open = true;
      fileBytesLeft = entry.bytes;
      paddingLeft = tarPadding(entry.bytes).length;
    }
  }
  if (!ended) throw new Error("it ends before its end");
};
