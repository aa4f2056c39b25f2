import type { Reference } from "./document.ts";
import { areaId, type Place } from "./place.ts";
import type { Found } from "./search.ts";

interface NavigationProps {
  readonly reference: Reference;
  readonly place: Place;
  readonly found: readonly Found[] | null;
}

/** The areas with the operations of the one that is shown, or what the search found. */
export const Navigation = ({ reference, place, found }: NavigationProps) => {
  if (found !== null) return <FoundList found={found} />;
  const shown = place.kind === "area" ? place.area : null;
  const target = place.kind === "area" ? place.target : null;
  return (
    <ul class="tree">
      <li>
        <a href="#start" aria-current={place.kind === "start" ? "page" : undefined}>
          Start
        </a>
      </li>
      {reference.areas.map(({ name, operations }) => (
        <li key={name}>
          <a href={`#${areaId(name)}`} aria-current={shown === name && target === null ? "page" : undefined}>
            {name}
          </a>
          {shown === name && (
            <ul>
              {operations.map(({ operationId, method }) => (
                <li key={operationId}>
                  <a href={`#${operationId}`} aria-current={target === operationId ? "page" : undefined}>
                    <code>{operationId}</code> <span class="quiet">{method}</span>
                  </a>
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
      <li>
        <a href="#records" aria-current={place.kind === "records" ? "page" : undefined}>
          Records
        </a>
      </li>
      <li>
        <a href="#codes" aria-current={place.kind === "codes" ? "page" : undefined}>
          Error codes
        </a>
      </li>
    </ul>
  );
};

const FoundList = ({ found }: { readonly found: readonly Found[] }) => (
  <ul class="tree found">
    {found.length === 0 && <li class="quiet">Nothing has all of these words.</li>}
    {found.map(({ hash, label, about }) => (
      <li key={hash}>
        <a href={`#${hash}`}>
          <code>{label}</code> <span class="quiet">{about}</span>
        </a>
      </li>
    ))}
  </ul>
);
