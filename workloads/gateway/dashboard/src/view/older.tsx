interface OlderProps {
  /** Whether the newest page is shown. */
  readonly first: boolean;
  /** Where the page after this one begins; null at the end. */
  readonly next: string | null;
  /** Goes to a page; null is the newest. */
  readonly to: (from: string | null) => void;
}

/** The way to older pages of a list and back. Nothing where one page has it all. */
export const Older = ({ first, next, to }: OlderProps) =>
  first && next === null ? null : (
    <nav class="older" aria-label="Pages of the list">
      <button type="button" disabled={next === null} onClick={() => to(next)}>
        Older
      </button>
      {!first && (
        <button type="button" onClick={() => to(null)}>
          Newest
        </button>
      )}
      {next === null && <span class="quiet">This is the end of the list.</span>}
    </nav>
  );
