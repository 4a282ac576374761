import type { components } from "./types.gen";

type Body = Partial<components["schemas"]["Problem"]> & Record<string, unknown>;
export type Fault = { pointer: string; message: string; code: string };

/** Why a call did not do what it was asked, in words for people. ``status`` is 0 where nothing answered. */
export class Problem extends Error {
  override name = "Problem";

  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly body: Body = {},
  ) {
    super(detail);
  }

  /** All single faults, where the problem has several. */
  get faults(): Fault[] {
    return Array.isArray(this.body.errors) ? (this.body.errors as Fault[]) : [];
  }

  /** The stable last part of the problem's type, such as `stale`. */
  get kind(): string {
    return String(this.body.type ?? "").replace(/^.*:/, "");
  }

  /** Names of tools that may have been meant, where there is none of the one that was asked for. */
  get near(): string[] {
    return this.body.near ?? [];
  }

  /** Whether it is about a thing of this kind, such as `tools`. */
  about(kind: string): boolean {
    return String(this.body.instance ?? "").startsWith(`/api/v1/${kind}/`);
  }

  get requestId(): string {
    return String(this.body.request_id ?? "");
  }

  /** Whether the same request may well succeed a moment later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  static async of(response: Response): Promise<Problem> {
    const text = await response.text().catch(() => "");
    try {
      const body = JSON.parse(text) as Body;
      return new Problem(response.status, String(body.title ?? response.status), String(body.detail ?? ""), body);
    } catch {
      // Not the service itself: something in between answered.
      const detail = `Something between this page and the service answered ${response.status}.`;
      return new Problem(response.status, "The service cannot be reached", detail);
    }
  }

  static unreachable(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (error instanceof DOMException && error.name === "TimeoutError")
      return new Problem(0, "The service is slow", "It took longer than a minute to answer.");
    return new Problem(0, "The service does not answer", "It may be restarting, or the network is gone.");
  }

  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    return new Problem(0, "This page has a fault", error instanceof Error ? error.message : String(error));
  }
}
