/**
 * Where the page is: at the top of a service, or in an export (`toolcrib export`), which any static host serves below any
 * path. An export's documents say where its root is, from where they are, and of which revision it is.
 */
const { catalogue, revision = "" } = document.documentElement.dataset;

export const isExport = catalogue !== undefined;
export const exportedRevision = revision;
const root = new URL(catalogue ?? "/", location.href);
export const basename = root.pathname;

/** The address of a file of the page or of the export, from its path below the root. */
export function inRoot(path: string): string {
  return new URL(path, root).href;
}

// Before the router reads the address.
settle();

/** A static host adds a slash to the address of a folder; the page's own addresses have none, nor index.html. */
function settle(): void {
  if (!isExport) return;
  // What is relative in the document was relative to the address that it came from.
  for (const icon of document.querySelectorAll<HTMLLinkElement>("link[rel=icon]")) icon.href = inRoot("favicon.svg");
  const { pathname, search, hash } = location;
  const path = pathname === `${root.pathname}index.html` ? root.pathname : pathname;
  const settled = path === root.pathname ? path : path.replace(/\/$/, "");
  if (settled !== pathname) history.replaceState(history.state, "", settled + search + hash);
}
