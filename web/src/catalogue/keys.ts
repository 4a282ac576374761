import { type RefObject, useEffect } from "react";

/** Arrow keys (and j, k) go from tool to tool; down from the search field enters the list. */
export function useListKeys(list: RefObject<HTMLUListElement | null>): void {
  useEffect(() => {
    const move = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const inSearch = target instanceof HTMLInputElement && target.type === "search";
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        (target && !inSearch && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
      )
        return;
      const step = stepOf(event.key, inSearch);
      const links = [...(list.current?.querySelectorAll<HTMLElement>("a[data-tool]") ?? [])];
      if (step === 0 || links.length === 0) return;
      const at = links.indexOf(document.activeElement as HTMLElement);
      if (at < 0 && step < 0) return;
      event.preventDefault();
      links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
    };
    document.addEventListener("keydown", move);
    return () => document.removeEventListener("keydown", move);
  }, [list]);
}

function stepOf(key: string, inSearch: boolean): number {
  if (key === "ArrowDown" || (key === "j" && !inSearch)) return 1;
  return !inSearch && (key === "ArrowUp" || key === "k") ? -1 : 0;
}
