import { encode } from "uqr";
import { memo } from "../memo.tsx";

/** Cells of light around the code, without which cameras do not find it. */
const border = 3;

/** The dark cells as one path: every run of them in a row is a rectangle. */
const pathOf = (rows: readonly (readonly boolean[])[]): string => {
  let path = "";
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue;
      let end = x;
      while (row[end + 1] === true) end += 1;
      path += `M${x} ${y}h${end - x + 1}v1H${x}z`;
      x = end;
    }
  }
  return path;
};

/** A text as a QR code, dark on light in every colour scheme, because cameras want it so. */
export const QrCode = memo(({ text, label }: { text: string; label: string }) => {
  const { size, data } = encode(text, { ecc: "L", border });
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect class="light" width={size} height={size} />
      <path class="dark" d={pathOf(data)} />
    </svg>
  );
});
