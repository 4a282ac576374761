import { Link } from "react-router";
import { lasted } from "../parts/times";
import type { Overview } from "./queries";

type Day = Overview["days"][number];

const WIDTH = 480;
const HEIGHT = 170;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 10;
const RIGHT = 18;
const SPAN = WIDTH - LEFT - RIGHT;
const PLOT = HEIGHT - BOTTOM - TOP;

/** Calls and durations by day and by tool. Every figure is in a table or a title as well. */
export function Charts({ overview, tool }: { overview: Overview; tool: string }) {
  const { overall } = overview;
  return (
    <div className="stack">
      <dl className="headline">
        <Figure name="calls">{overall.calls.toLocaleString("en")}</Figure>
        <Figure name="succeeded">{percent(overall.success_share)}</Figure>
        <Figure name="median duration">{lasted(overall.p50_ms)}</Figure>
        <Figure name="95 of 100 took at most">{lasted(overall.p95_ms)}</Figure>
        {overall.open > 0 && <Figure name="open now">{overall.open}</Figure>}
      </dl>
      {overall.calls > 0 && (
        <div className="charts">
          <Calls days={overview.days} />
          <Durations days={overview.days} />
          {!tool && <Tools tools={overview.tools} />}
        </div>
      )}
    </div>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type ChartProps = { title: string; legend: Record<string, string>; inWords: string; children: React.ReactNode };

/** The frame of a chart; `legend` is what each class of its marks stands for. */
function Chart({ title, legend, inWords, children }: ChartProps) {
  return (
    <figure className="panel">
      <header>
        <h3>{title}</h3>
        <ul className="legend" aria-hidden="true">
          {Object.entries(legend).map(([mark, meaning]) => (
            <li key={mark}>
              <i className={mark} /> {meaning}
            </li>
          ))}
        </ul>
      </header>
      <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={inWords}>
        {children}
      </svg>
    </figure>
  );
}

function Calls({ days }: { days: readonly Day[] }) {
  const { top, ticks } = scale(Math.max(...days.map((day) => day.calls)));
  const step = SPAN / days.length;
  const width = Math.max(2, Math.min(28, step * 0.7));
  return (
    <Chart
      title="Calls by day"
      legend={{ success: "succeeded", failed: "failed", other: "cancelled, open" }}
      inWords={callsInWords(days)}
    >
      <Grid ticks={ticks} top={top} label={(value) => value.toLocaleString("en")} />
      <Days days={days} />
      {days.map((day, at) => {
        const failed = day.failed + day.timeout;
        const parts = [
          ["success", day.success],
          ["failed", failed],
          ["other", day.calls - day.success - failed],
        ] as const;
        let under = 0;
        return (
          <g key={day.day}>
            <title>{`${day.day}: ${day.calls} calls, ${day.success} succeeded, ${failed} failed`}</title>
            {parts.map(([kind, count]) => {
              const height = (count / top) * PLOT;
              under += height;
              const y = TOP + PLOT - under;
              return (
                <rect
                  key={kind}
                  className={kind}
                  x={LEFT + at * step + (step - width) / 2}
                  y={y}
                  width={width}
                  height={height}
                />
              );
            })}
          </g>
        );
      })}
    </Chart>
  );
}

function Durations({ days }: { days: readonly Day[] }) {
  const { top, ticks } = scale(Math.max(1, ...days.map((day) => day.p95_ms ?? 0)), false);
  const step = SPAN / days.length;
  const points = (name: "p50_ms" | "p95_ms") =>
    days.flatMap((day, at) => {
      const ms = day[name];
      return ms === null ? [] : [{ day: day.day, ms, x: LEFT + (at + 0.5) * step, y: TOP + PLOT - (ms / top) * PLOT }];
    });
  return (
    <Chart title="Duration by day" legend={{ p50: "median", p95: "95 of 100" }} inWords={durationsInWords(days)}>
      <Grid ticks={ticks} top={top} label={(value) => (value === 0 ? "0" : lasted(value))} />
      <Days days={days} />
      {(["p95_ms", "p50_ms"] as const).map((name) => (
        <g key={name} className={name.slice(0, 3)}>
          <polyline
            className="line"
            points={points(name)
              .map((one) => `${one.x},${one.y}`)
              .join(" ")}
          />
          {points(name).map((one) => (
            <circle key={one.day} cx={one.x} cy={one.y} r="3">
              <title>{`${one.day}: ${lasted(one.ms)}`}</title>
            </circle>
          ))}
        </g>
      ))}
    </Chart>
  );
}

function Tools({ tools }: { tools: Overview["tools"] }) {
  return (
    <figure className="panel">
      <header>
        <h3>Most called tools</h3>
      </header>
      <div className="scrolls">
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Tool</th>
              <th scope="col" className="numeric">
                Calls
              </th>
              <th scope="col">Succeeded</th>
              <th scope="col" className="numeric">
                Median
              </th>
              <th scope="col" className="numeric">
                95 of 100
              </th>
            </tr>
          </thead>
          <tbody>
            {tools.slice(0, 8).map((one) => (
              <tr key={one.tool}>
                <td>
                  <Link to={`/executions?tool=${encodeURIComponent(one.tool)}`}>{one.tool}</Link>
                </td>
                <td className="numeric">{one.calls.toLocaleString("en")}</td>
                <td>
                  {percent(one.success_share)}
                  <Share share={one.success_share} />
                </td>
                <td className="numeric">{lasted(one.p50_ms)}</td>
                <td className="numeric">{lasted(one.p95_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function Share({ share }: { share: number | null }) {
  if (share === null) return null;
  return (
    <span className="share" aria-hidden="true">
      <i className={share < 0.9 ? "low" : ""} style={{ width: `${share * 100}%` }} />
    </span>
  );
}

function Grid({ ticks, top, label }: { ticks: number[]; top: number; label: (value: number) => string }) {
  return ticks.map((value) => {
    const y = TOP + PLOT - (value / top) * PLOT;
    return (
      <g key={value}>
        <line className="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y} y2={y} />
        <text x={LEFT - 6} y={y + 4} textAnchor="end">
          {label(value)}
        </text>
      </g>
    );
  });
}

function Days({ days }: { days: readonly Day[] }) {
  const step = SPAN / days.length;
  const every = Math.max(1, Math.ceil(days.length / 7));
  return days.map((day, at) =>
    (days.length - 1 - at) % every === 0 ? (
      <text key={day.day} x={LEFT + (at + 0.5) * step} y={HEIGHT - 6} textAnchor="middle">
        {new Date(`${day.day}T00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })}
      </text>
    ) : null,
  );
}

/** The top of an axis and its marks: round numbers, two or three of them. */
function scale(most: number, whole = true): { top: number; ticks: number[] } {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const step = [0.2, 0.5, 1, 2, 5].map((one) => one * size).find((one) => most / one <= 4) ?? size * 5;
  const by = whole ? Math.max(1, Math.round(step)) : step;
  const top = Math.max(by, Math.ceil(most / by) * by);
  return { top, ticks: Array.from({ length: Math.round(top / by) + 1 }, (_, at) => at * by) };
}

function percent(share: number | null): string {
  if (share === null) return "–";
  return `${(share * 100).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;
}

function callsInWords(days: readonly Day[]): string {
  return days.map((day) => `${day.day}: ${day.calls} calls, ${day.success} succeeded`).join("; ");
}

function durationsInWords(days: readonly Day[]): string {
  return days
    .filter((day) => day.p50_ms !== null)
    .map((day) => `${day.day}: median ${lasted(day.p50_ms)}, 95 of 100 within ${lasted(day.p95_ms)}`)
    .join("; ");
}
