/**
 * Tells a text that comes back to an editor from one that somebody else has changed.
 *
 * What an editor tells is given back to it, in time; meanwhile more may have been typed. Taken for a change it would
 * take back what was typed since.
 */
export class Echoes {
  private waiting: string[] = [];

  /** The editor has told a text. `given` is what it was given last: of that nothing comes back. */
  told(text: string, given: string) {
    this.waiting = text === given ? [] : [...this.waiting, text];
  }

  /** Whether a text that is given was told before, and is nobody else's. */
  isOwn(text: string): boolean {
    const at = this.waiting.indexOf(text);
    this.waiting = at < 0 ? [] : this.waiting.slice(at + 1);
    return at >= 0;
  }
}
