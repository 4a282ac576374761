import { visible } from "../parts/visible";

/** Which arguments reached the tool in another form than they came. */
export function Coerced({ places }: { places: readonly string[] }) {
  if (places.length === 0) return null;
  return (
    <p className="note breaks">
      Reached the tool as the JSON or the integer that they stand for:{" "}
      {places.map((place, at) => (
        <span key={place}>
          {at > 0 && ", "}
          <code>{visible(place || "all arguments")}</code>
        </span>
      ))}
    </p>
  );
}
