/** The service's token, where its operator set one: kept in this tab only, sent with every call. */
const KEY = "toolcrib.token";

export const readToken = () => sessionStorage.getItem(KEY) ?? "";

export function keepToken(token: string): void {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}
