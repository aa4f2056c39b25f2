/** The last bytes of a text in UTF-8, from the next whole character on. */
export const tail = (text: string, bytes: number): string => {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let start = encoded.length - bytes;
  // A cut inside a character moves on to the next one: bytes 10xxxxxx continue a character (RFC 3629).
  while (start < encoded.length && ((encoded[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start++;
  return encoded.subarray(start).toString();
};
