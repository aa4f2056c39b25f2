const newLine = /[\r\n]/;

/** What is left of what was typed, and whether it asks to leave: `~.` at the beginning of a line, as in ssh, which also works when the device hangs. */
export const escapeKeys = () => {
  let atLineStart = true;
  let tilde = false;
  return (bytes: Uint8Array): { readonly pass: Uint8Array; readonly leave: boolean } => {
    const pass: number[] = [];
    for (const byte of bytes) {
      const key = String.fromCharCode(byte);
      if (tilde) {
        tilde = false;
        if (key === ".") return { pass: Uint8Array.from(pass), leave: true };
        // A second tilde stands for one.
        if (key !== "~") pass.push("~".charCodeAt(0));
        pass.push(byte);
      } else if (atLineStart && key === "~") {
        tilde = true;
        continue;
      } else pass.push(byte);
      atLineStart = newLine.test(key);
    }
    return { pass: Uint8Array.from(pass), leave: false };
  };
};
