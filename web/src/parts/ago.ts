const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** How long ago a time is, in words. */
export function ago(moment: string): string {
  const seconds = (Date.now() - new Date(moment).getTime()) / 1000;
  const [unit, length] = STEPS.find(([, one]) => Math.abs(seconds) >= one) ?? ["second", 1];
  return unit === "second" ? "just now" : WORDS.format(-Math.round(seconds / length), unit);
}
