import { useEffect, useState } from "preact/hooks";
import { type Paints, paintsOf } from "./paint.ts";

/** Painted beyond the edges of the screen, so that a quick scroll shows no gap. */
const overscan = 200;

export const usePaints = (legend: { readonly current: Element | null }): Paints | null => {
  const [paints, setPaints] = useState<Paints | null>(null);
  useEffect(() => {
    const read = (): void => {
      if (legend.current !== null) setPaints(paintsOf(legend.current));
    };
    read();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", read);
    return () => dark.removeEventListener("change", read);
  }, []);
  return paints;
};

export const useWidth = (element: { readonly current: Element | null }, tell: (width: number) => void): void => {
  useEffect(() => {
    if (element.current === null) return;
    const watcher = new ResizeObserver(([entry]) => entry !== undefined && tell(Math.floor(entry.contentRect.width)));
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
};

/** Keeps the canvas where the screen is and paints it again when what it shows or where it is changed. */
export const usePainting = (
  canvas: { readonly current: HTMLCanvasElement | null },
  draw: (context: CanvasRenderingContext2D, top: number, height: number) => void,
  reasons: readonly unknown[],
): void => {
  useEffect(() => {
    const { current } = canvas;
    const body = current?.parentElement ?? null;
    if (current === null || body === null) return;
    let frame = 0;
    const redraw = (): void => {
      frame = 0;
      const box = body.getBoundingClientRect();
      const top = Math.max(0, Math.min(box.height, -box.top - overscan));
      const height = Math.max(0, Math.min(box.height - top, innerHeight + 2 * overscan));
      const ratio = devicePixelRatio;
      const [pixelsWide, pixelsHigh] = [Math.ceil(box.width * ratio), Math.ceil(height * ratio)];
      // Setting a size clears the canvas and costs memory: only when it is another.
      if (current.width !== pixelsWide || current.height !== pixelsHigh) [current.width, current.height] = [pixelsWide, pixelsHigh];
      current.style.width = `${box.width}px`;
      current.style.height = `${height}px`;
      current.style.transform = `translateY(${top}px)`;
      const context = current.getContext("2d");
      if (context === null) return;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(context, top, height);
    };
    const soon = (): void => {
      frame ||= requestAnimationFrame(redraw);
    };
    redraw();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, reasons);
};
