/** Turns results into the tables that the harness prints: Markdown, so that they can be put into documents as they are. */
import type { MicroResult } from './jobs.ts'
import type { HostSpeed } from './host/measure.ts'
import type { Large, Text } from './large.ts'
import type { Sample } from './measure.ts'
import type { Mode } from './plan.ts'
import type { Bundles } from './processes.ts'
import type { Startup } from './startup.ts'
import { type Spread, geomean } from './stats.ts'

type Row = readonly string[]

/** The first column is text, the others are numbers. */
export function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length), 3))
  const line = (row: Row): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

export function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2)
}
const times = (value: number): string => `${number(value)}×`
const withSpread = ({ median, min, max }: Spread, form: (value: number) => string = number): string =>
  min === max ? form(median) : `${form(median)} (${number(min)}–${number(max)})`

/** Rows geomean, min and max below columns of plain numbers. */
function summary(columns: readonly (readonly number[])[], form: (value: number) => string): Row[] {
  const row = (name: string, of: (values: readonly number[]) => number): Row => [
    `**${name}**`,
    ...columns.map((values) => (values.length === 0 ? '' : form(of(values)))),
  ]
  return [row('geomean', geomean), row('min', (v) => Math.min(...v)), row('max', (v) => Math.max(...v))]
}

const nsEach = (ms: number, { instructions }: Sample): number => (ms * 1e6) / instructions

/** Ratios to machine code, and the first call against the steady state. */
function ratioTable(samples: readonly Sample[], executors: readonly string[], kernels: readonly string[]): string {
  const of = (kernel: string, executor: string): Sample => samples.find((s) => s.kernel === kernel && s.executor === executor)!
  const rows = kernels.map((kernel) => [
    kernel,
    nsEach(of(kernel, executors[0]).native.median, of(kernel, executors[0])).toFixed(3),
    ...executors.flatMap((e) => {
      const sample = of(kernel, e)
      return [withSpread(sample.ratio, times), number(nsEach(sample.steady.median, sample)), `${sample.warmth.median.toFixed(1)}×`]
    }),
  ])
  const columns = executors.flatMap((e) => {
    const all = kernels.map((k) => of(k, e))
    return [
      { values: all.map((s) => s.ratio.median), form: times },
      { values: all.map((s) => nsEach(s.steady.median, s)), form: number },
      { values: all.map((s) => s.warmth.median), form: (v: number) => `${v.toFixed(1)}×` },
    ]
  })
  const first = kernels.map((k) => nsEach(of(k, executors[0]).native.median, of(k, executors[0])))
  const sums = [summary([first], (v) => v.toFixed(3)), ...columns.map(({ values, form }) => summary([values], form))]
  const last = sums[0].map(([name], i) => [name, ...sums.map((s) => s[i][1])])
  return table(['kernel', 'native ns', ...executors.flatMap((e) => [`${e} : native`, 'ns', 'first'])], [...rows, ...last])
}

/** Executors against each other. They run at different sizes: what is compared is the ratio to machine code at their size. */
function executorTable(samples: readonly Sample[], executors: readonly string[], kernels: readonly string[]): string {
  const base = executors[0]
  const ratio = (kernel: string, executor: string): number =>
    samples.find((s) => s.kernel === kernel && s.executor === executor)!.ratio.median
  const pairs = [...executors.slice(1).map((e) => [e, base]), ...executors.slice(2).map((e) => [e, executors[1]])]
  const value = (kernel: string, [a, b]: readonly string[]): number => ratio(kernel, a) / ratio(kernel, b)
  const rows = kernels.map((kernel) => [kernel, ...pairs.map((pair) => times(value(kernel, pair)))])
  const columns = pairs.map((pair) => kernels.map((kernel) => value(kernel, pair)))
  return table(['kernel', ...pairs.map(([a, b]) => `${a} : ${b}`)], [...rows, ...summary(columns, times)])
}

const titles: Readonly<Record<Mode, string>> = { jit: 'JIT', jitless: 'without JIT (--jitless)' }

const legends: Readonly<Record<Mode, string>> = {
  jit: 'native: machine code of the optimising compiler. ns: CPU time per Wasm instruction. first: the first call against later ones.',
  jitless:
    'vitrine runs without a JIT here, native still is machine code (without a JIT the engine has no WebAssembly): the ratio is what a program loses.',
}

export function kernelReport(samples: readonly Sample[], mode: Mode): string {
  const mine = samples.filter((s) => s.mode === mode)
  const executors = [...new Set(mine.map((s) => s.executor))]
  const kernels = [...new Set(mine.map((s) => s.kernel))]
  const parts = [`## Kernels, ${titles[mode]}`, legends[mode], ratioTable(mine, executors, kernels)]
  if (executors.length > 1) parts.push(`### Executors against each other, ${titles[mode]}`, executorTable(mine, executors, kernels))
  return parts.join('\n\n')
}

export function startupReport(startups: readonly Startup[], { minified, gzipped }: Bundles): string {
  const speed = (s: Spread): string => `${withSpread(s)} MB/s`
  const rows: Row[] = startups.flatMap(({ mode, importCpu, importWall, bytes, vitrine, native }) => [
    [`import of the core, ${mode}`, `${withSpread(importCpu)} ms CPU, ${withSpread(importWall)} ms wall`],
    [`decode + validate ${(bytes / 1e6).toFixed(2)} MB, ${mode}`, `first ${speed(vitrine.first)}, warm ${speed(vitrine.steady)}`],
    ...(native === undefined
      ? []
      : [
          ['WebAssembly.validate of the same', `first ${speed(native.first)}, warm ${speed(native.steady)}`],
          [
            'ratio WebAssembly.validate : vitrine',
            `first ${times(native.first.median / vitrine.first.median)}, warm ${times(native.steady.median / vitrine.steady.median)}`,
          ],
        ]),
  ])
  rows.push(['size of the core', `${(minified / 1000).toFixed(1)} KB minified, ${(gzipped / 1000).toFixed(1)} KB minified and gzipped`])
  return `## Start-up and size\n\n${table(['what', 'value'], rows)}`
}

export function microReport(results: readonly MicroResult[], mode: Mode): string {
  const nameOf = ({ engine }: MicroResult): string =>
    engine.kind === 'native' ? 'native' : engine.executor + (engine.tier === 'auto' ? '' : `/${engine.tier}`)
  const engines = [...new Set(results.map(nameOf))]
  const tasks = [...new Set(results.map((r) => r.task))]
  const rows = tasks.map((task) => [task, ...engines.map((e) => number(results.find((r) => r.task === task && nameOf(r) === e)!.ns))])
  return `## Micro, ${titles[mode]}, ns per operation\n\n${table(['operation', ...engines], rows)}`
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)

export function largeReport(results: readonly Large[]): string {
  const ratio = (s: Spread | undefined): string => (s === undefined ? '' : withSpread(s, times))
  const rows = results.map((r) => [
    `${r.module}, ${r.mode}`,
    mb(r.bytes),
    withSpread(r.first),
    withSpread(r.warm),
    ratio(r.firstRatio),
    ratio(r.warmRatio),
    `${mb(r.peak.median)} = ${(r.peak.median / r.bytes).toFixed(1)}×`,
    mb(r.kept.median),
  ])
  const head = ['module', 'MB', 'MB/s first', 'MB/s warm', ': native first', ': native warm', 'peak MB beyond', 'kept MB']
  return `## Large modules, decode + validate\n\n${table(head, rows)}`
}

export function hostReport(results: readonly HostSpeed[]): string {
  const rows = results.map(({ task, vitrine, native }) => [
    task,
    withSpread(vitrine),
    withSpread(native),
    `${(vitrine.median / native.median).toFixed(2)}×`,
  ])
  return `## Host layer against node:wasi\n\n${table(['task', 'vitrine ms', 'node:wasi ms', 'ratio'], rows)}`
}

export function textReport(results: readonly Text[]): string {
  const rows = results.map((r) => [
    `${r.module}, ${r.mode}`,
    mb(r.bytes),
    mb(r.text),
    withSpread(r.first),
    withSpread(r.warm),
    withSpread(r.encode),
    `${mb(r.peak.median)} = ${(r.peak.median / r.text).toFixed(1)}×`,
  ])
  const head = ['module', 'MB binary', 'MB text', 'parse MB/s first', 'parse MB/s warm', 'encode ms', 'peak MB beyond']
  return `## Text, as wasm-tools prints it\n\n${table(head, rows)}`
}
