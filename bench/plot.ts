/** Plots for the documents, as SVG text: a row for each program, a mark for each way of running it, a logarithmic axis. */

export interface Series {
  readonly name: string
  /** By row; undefined where there is no result. */
  readonly values: readonly (number | undefined)[]
}
export interface DotPlot {
  readonly title: string
  /** What the axis shows. */
  readonly axis: string
  readonly rows: readonly string[]
  readonly series: readonly Series[]
  /** Rows of this number and after are set apart: means. */
  readonly means?: number
  /** A line across all rows, with its meaning. */
  readonly limit?: { readonly at: number; readonly label: string }
  /** How ticks are written. */
  readonly unit: string
}

/** Colours that differ for every kind of colour vision (Okabe and Ito); shapes differ too. */
const colours: readonly string[] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555']

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const round = (value: number): string => String(Math.round(value * 10) / 10)

/** A mark of about 9 by 9 around a point. */
function mark(shape: number, x: number, y: number): string {
  const fill = `fill="${colours[shape % colours.length]}"`
  const path = (d: string): string => `<path d="${d}" ${fill}/>`
  const [l, r, t, b] = [x - 4.5, x + 4.5, y - 4.5, y + 4.5].map(round)
  switch (shape % 5) {
    case 0:
      return `<circle cx="${round(x)}" cy="${round(y)}" r="4.5" ${fill}/>`
    case 1:
      return `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8" ${fill}/>`
    case 2:
      return path(`M${round(x)} ${t}L${r} ${b}L${l} ${b}Z`)
    case 3:
      return path(
        `M${round(x)} ${round(y - 5.5)}L${round(x + 5.5)} ${round(y)}L${round(x)} ${round(y + 5.5)}L${round(x - 5.5)} ${round(y)}Z`,
      )
    default:
      return path(`M${l} ${t}L${r} ${t}L${round(x)} ${b}Z`)
  }
}

/** 1, 2, 5, 10, 20, … from below the smallest to above the largest. */
function ticksFor(low: number, high: number): number[] {
  const all: number[] = []
  for (let power = -6; power <= 9; power++) for (const digit of [1, 2, 5]) all.push(digit * 10 ** power)
  const first = all.filter((tick) => tick <= low).length - 1
  const last = all.findIndex((tick) => tick >= high)
  return all.slice(Math.max(0, first), last < 0 ? undefined : last + 1)
}

export function dotPlot({ title, axis, rows, series, means = rows.length, limit, unit }: DotPlot): string {
  const values = series.flatMap((s) => s.values).filter((value) => value !== undefined)
  const ticks = ticksFor(Math.min(...values, limit?.at ?? Infinity), Math.max(...values, limit?.at ?? 0))
  const longest = Math.max(...rows.map((row) => row.length))
  const [left, right, top, rowHeight, gap] = [24 + longest * 7.2, 856, 84, 22, 10]
  const yOf = (row: number): number => top + rowHeight * (row + 0.5) + (row >= means ? gap : 0)
  const bottom = yOf(rows.length - 1) + rowHeight / 2
  const [from, to] = [Math.log(ticks[0]), Math.log(ticks.at(-1)!)]
  const xOf = (value: number): number => left + ((Math.log(value) - from) / (to - from)) * (right - left)
  const lines: string[] = []
  const text = (x: number, y: number, content: string, extra = ''): void =>
    void lines.push(`<text x="${round(x)}" y="${round(y)}"${extra}>${escape(content)}</text>`)
  text(16, 26, title, ' font-size="16" font-weight="600"')
  let x = 16
  series.forEach(({ name }, i) => {
    lines.push(mark(i, x + 5, 47))
    text(x + 15, 51, name)
    x += 34 + name.length * 7
  })
  const shown = ticks.length > 14 ? ticks.filter((tick) => String(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9))[0] === '1') : ticks
  for (const tick of shown) {
    lines.push(`<path d="M${round(xOf(tick))} ${top}V${round(bottom)}" stroke="#dddddd"/>`)
    text(xOf(tick), top - 8, `${Number(tick.toPrecision(3))}${unit}`, ' text-anchor="middle" fill="#555555"')
  }
  if (limit !== undefined) {
    lines.push(`<path d="M${round(xOf(limit.at))} ${top}V${round(bottom)}" stroke="#aa0000" stroke-dasharray="5 3"/>`)
    text(xOf(limit.at), bottom + 16, limit.label, ' text-anchor="middle" fill="#aa0000"')
  }
  rows.forEach((row, i) => {
    const y = yOf(i)
    text(left - 10, y + 4, row, ` text-anchor="end"${i >= means ? ' font-weight="600"' : ''}`)
    const here = series.map((s) => s.values[i]).filter((value) => value !== undefined)
    if (here.length > 1)
      lines.push(`<path d="M${round(xOf(Math.min(...here)))} ${round(y)}H${round(xOf(Math.max(...here)))}" stroke="#bbbbbb"/>`)
    series.forEach((s, k) => {
      const value = s.values[i]
      if (value !== undefined) lines.push(mark(k, xOf(value), y))
    })
  })
  text(right, bottom + 34, axis, ' text-anchor="end" fill="#555555"')
  const height = Math.ceil(bottom + 48)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="880" height="${height}" viewBox="0 0 880 ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222222" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="880" height="${height}" fill="#ffffff"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}
