/** Who edits: kept in this browser, and sent as the author of each commit. Nobody checks it. */
export type Author = { name: string; email: string };

const KEY = "toolcrib.author";

export function readAuthor(): Author {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Author>;
    return { name: String(kept.name ?? ""), email: String(kept.email ?? "") };
  } catch {
    return { name: "", email: "" };
  }
}

export function keepAuthor(author: Author): void {
  localStorage.setItem(KEY, JSON.stringify(author));
}

/** Both or neither: a commit has a name and an address. */
export function authorFault({ name, email }: Author): string {
  if (Boolean(name.trim()) !== Boolean(email.trim())) return "Give both a name and an e-mail address, or neither.";
  return "";
}

/** The part of an edit's body that says what the commit is to say. */
export function signature(author: Author, message: string) {
  const name = author.name.trim();
  return {
    ...(name ? { author: { name, email: author.email.trim() } } : {}),
    ...(message.trim() ? { message: message.trim() } : {}),
  };
}
