/** A point on the Earth in degrees: latitude -90 to 90, longitude -180 to 180. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** Mean radius of the Earth, IUGG. */
const EARTH_RADIUS_KM = 6371.0088;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance in km by the haversine formula (R. W. Sinnott, 1984), on a sphere: within 0.6 % of the real one. */
export const distanceKm = (a: Position, b: Position): number => {
  const latitudes = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const longitudes = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const chord = latitudes + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * longitudes;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
};

/** The place nearest to `from`, the first of equals in the order of `id`; `undefined` when there is none. */
export const nearestPlace = <Place extends Position & { readonly id: string }>(from: Position, places: Iterable<Place>): Place | undefined => {
  let best: { place: Place; km: number } | undefined;
  for (const place of places) {
    const km = distanceKm(from, place);
    if (best === undefined || km < best.km || (km === best.km && place.id < best.place.id)) best = { place, km };
  }
  return best?.place;
};
