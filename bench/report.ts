/** Turns results into the tables that the harness prints: Markdown, so that they can be put into documents as they are. */
import type { MicroResult } from './jobs.ts'
import type { Cliff } from './cliffs/measure.ts'
import { type EngineFindings, jsEngines } from './engines/measure.ts'
import type { HostSpeed } from './host/measure.ts'
import type { Large, Text } from './large.ts'
import type { Failure, Measured, Sample } from './measure.ts'
import type { Mode } from './plan.ts'
import type { Findings } from './parts.ts'
import type { ProgramFindings, ProgramTime } from './programs/measure.ts'
import { type Spread, geomean, spread } from './stats.ts'

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
export const times = (value: number): string => `${number(value)}×`
const withSpread = ({ median, min, max }: Spread, form: (value: number) => string = number, ends = number): string =>
  min === max ? form(median) : `${form(median)} (${ends(min)}–${ends(max)})`

/** Rows geomean, min and max below columns of plain numbers. */
function summary(columns: readonly (readonly number[])[], form: (value: number) => string): Row[] {
  const row = (name: string, of: (values: readonly number[]) => number): Row => [
    `**${name}**`,
    ...columns.map((values) => (values.length === 0 ? '' : form(of(values)))),
  ]
  return [row('geomean', geomean), row('min', (v) => Math.min(...v)), row('max', (v) => Math.max(...v))]
}

export const nsEach = (ms: number, { instructions }: Sample): number => (ms * 1e6) / instructions

/** Values of some kernels; a rival may lack some. */
type Column = readonly (number | undefined)[]
const present = (column: Column): number[] => column.filter((value) => value !== undefined)
const cell = (value: number | undefined, form: (value: number) => string): string => (value === undefined ? '–' : form(value))

interface Part {
  readonly title: string
  readonly column: Column
  readonly form: (value: number) => string
  /** How single values are shown, if not by `form`. */
  readonly cells?: readonly string[]
}

/** A row for each kernel, and rows for geomean, min and max. */
function kernelTable(kernels: readonly string[], parts: readonly Part[]): string {
  const rows = kernels.map((kernel, i) => [kernel, ...parts.map(({ column, form, cells }) => cells?.[i] ?? cell(column[i], form))])
  const sums = parts.map(({ column, form }) => summary([present(column)], form))
  const last = sums[0].map(([name], i) => [name, ...sums.map((s) => s[i][1])])
  return table(['kernel', ...parts.map((p) => p.title)], [...rows, ...last])
}

type Lookup = (kernel: string, executor: string) => Sample | undefined

/** Ratios to machine code, and the first call against the steady state. */
function ratioTable(of: Lookup, executors: readonly string[], kernels: readonly string[]): string {
  const some = (kernel: string): Sample => executors.map((e) => of(kernel, e)).find((s) => s !== undefined)!
  const native: Part = {
    title: 'native ns',
    column: kernels.map((k) => nsEach(some(k).native.median, some(k))),
    form: (v) => v.toFixed(3),
  }
  const parts = executors.flatMap((e): Part[] => {
    const all = kernels.map((k) => of(k, e))
    return [
      {
        title: `${e} : native`,
        column: all.map((s) => s?.ratio.median),
        form: times,
        cells: all.map((s) => (s === undefined ? '–' : withSpread(s.ratio, times))),
      },
      { title: 'ns', column: all.map((s) => s && nsEach(s.steady.median, s)), form: number },
      { title: 'first', column: all.map((s) => s?.warmth.median), form: (v) => `${v.toFixed(1)}×` },
    ]
  })
  return kernelTable(kernels, [native, ...parts])
}

/** Executors against each other. They run at different sizes: what is compared is the ratio to machine code at their size. */
function executorTable(of: Lookup, executors: readonly string[], kernels: readonly string[]): string {
  const [base, second] = executors
  const pairs = [...executors.slice(1).map((e) => [e, base]), ...executors.slice(2).map((e) => [e, second])]
  return kernelTable(
    kernels,
    pairs.map(([a, b]) => ({
      title: `${a} : ${b}`,
      column: kernels.map((k) => {
        const [x, y] = [of(k, a), of(k, b)]
        return x && y && x.ratio.median / y.ratio.median
      }),
      form: times,
    })),
  )
}

const titles: Readonly<Record<Mode, string>> = { jit: 'JIT', jitless: 'without JIT (--jitless)' }

const legends: Readonly<Record<Mode, string>> = {
  jit: 'native: machine code of the optimising compiler. ns: CPU time per Wasm instruction. first: the first call against later ones.',
  jitless:
    'vitrine runs without a JIT here, native still is machine code (without a JIT the engine has no WebAssembly): the ratio is what a program loses.',
}

function failureLines(failures: readonly Omit<Failure, 'mode'>[]): string[] {
  return failures.length === 0 ? [] : [failures.map((f) => `- ${f.executor} fails at ${f.kernel}: ${f.why}`).join('\n')]
}

export function kernelReport({ samples, failures }: Measured, mode: Mode, title = 'Kernels'): string {
  const mine = samples.filter((s) => s.mode === mode)
  const executors = [...new Set(mine.map((s) => s.executor))]
  const kernels = [...new Set(mine.map((s) => s.kernel))]
  const of: Lookup = (kernel, executor) => mine.find((s) => s.kernel === kernel && s.executor === executor)
  const parts = [`## ${title}, ${titles[mode]}`, legends[mode], ratioTable(of, executors, kernels)]
  if (executors.length > 1) parts.push(`### Executors against each other, ${titles[mode]}`, executorTable(of, executors, kernels))
  return [...parts, ...failureLines(failures.filter((f) => f.mode === mode))].join('\n\n')
}

/** Programs with vectors against their twins without: what a vector gains. Below 1 it is faster. */
export function twinReport({ samples }: Measured, mode: Mode): string {
  const mine = samples.filter((s) => s.mode === mode)
  const executors = ['native', ...new Set(mine.map((s) => s.executor))]
  const twins = [...new Set(mine.map((s) => s.kernel))].filter((k) => k.endsWith('_simd')).map((k) => k.slice(0, -5))
  const one = (kernel: string, executor: string): number => {
    const sample = mine.find((s) => s.kernel === kernel && (executor === 'native' || s.executor === executor))!
    return (executor === 'native' ? sample.native.median : sample.steady.median) / sample.n
  }
  const parts = executors.map((executor): Part => ({
    title: executor,
    column: twins.map((twin) => one(`${twin}_simd`, executor) / one(`${twin}_plain`, executor)),
    form: (v) => `${v.toFixed(2)}×`,
  }))
  return `### Time with vectors : without, ${titles[mode]}\n\n${kernelTable(twins, parts)}`
}

/** This commit's CPU time against the other's, round by round: below 1 this one is faster. */
export function compareReport(samples: readonly Sample[], mode: Mode, executors: readonly string[], other: string): string {
  const mine = samples.filter((s) => s.mode === mode)
  const kernels = [...new Set(mine.map((s) => s.kernel))]
  const parts = executors.map((executor): Part => {
    const spreads = kernels.map((kernel) => {
      const rounds = (name: string): Sample['rounds'] => mine.find((s) => s.kernel === kernel && s.executor === name)!.rounds
      const theirs = rounds(`${executor} ${other}`)
      return spread(rounds(executor).map(([steady], i) => steady / theirs[i][0]))
    })
    const form = (value: number): string => value.toFixed(2)
    return { title: executor, column: spreads.map((s) => s.median), form, cells: spreads.map((s) => withSpread(s, form, form)) }
  })
  return `## This commit : ${other}, ${titles[mode]}\n\n${kernelTable(kernels, parts)}`
}

export function startupReport({ startups, sizes }: Findings['startup']): string {
  const entries = ['vitrine', 'vitrine/core', 'an empty module'] as const
  const speed = (s: Spread): string => `${withSpread(s)} MB/s`
  const rows: Row[] = startups.flatMap(({ mode, imports, hello, empty, bytes, vitrine, native }) => [
    ...entries.map((name, i) => [
      `import of ${name}, ${mode}`,
      `${withSpread(imports[i]!.cpu)} ms CPU, ${withSpread(imports[i]!.wall)} ms wall`,
    ]),
    [
      `a C hello (29 KB) by the command line, ${mode}`,
      `${withSpread(hello)} ms CPU; an empty script ${withSpread(empty)}: ${(hello.median - empty.median).toFixed(0)} more`,
    ],
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
  sizes.forEach(({ minified, gzipped }, i) =>
    rows.push([
      `size of ${entries[i]}`,
      `${(minified / 1000).toFixed(1)} KB minified, ${(gzipped / 1000).toFixed(1)} KB minified and gzipped`,
    ]),
  )
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

/** How many times what the plain equivalent costs: more than five is a cliff. */
export const CLIFF = 5

export function cliffReport(all: readonly Cliff[], mode: Mode): string {
  const mine = all.filter((c) => c.mode === mode)
  const executors = [...new Set(mine.map((c) => c.executor))]
  const rows = [...new Set(mine.map((c) => c.pair))].map((pair) => {
    const of = (executor: string): Cliff => mine.find((c) => c.pair === pair && c.executor === executor)!
    const { against, instructions } = of(executors[0])
    const cells = executors.flatMap((executor) => {
      const { ratio, feature } = of(executor)
      const text = withSpread(ratio, times)
      return [ratio.median > CLIFF ? `**${text}**` : text, number(feature.median)]
    })
    return [`${pair} : ${against}`, instructions.map(number).join(' : '), ...cells]
  })
  const head = ['work', 'instructions', ...executors.flatMap((executor) => [executor, 'ns'])]
  return `## Features against plain equivalents, ${titles[mode]}\n\n${table(head, rows)}`
}

/** For each engine the CPU ns per Wasm instruction of all executors, and whether the automatic choice is the best. */
export function engineReports({ times: all, failures }: EngineFindings): string[] {
  return jsEngines.flatMap(({ name, about }) => {
    const mine = all.filter((t) => t.engine === name)
    if (mine.length === 0) return []
    const executors = [...new Set(mine.map((t) => t.executor))]
    const kernels = [...new Set(mine.map((t) => t.kernel))]
    const of = (kernel: string, executor: string): Spread | undefined =>
      mine.find((t) => t.kernel === kernel && t.executor === executor)?.ns
    const columns = executors.map((executor): Part => ({
      title: executor,
      column: kernels.map((k) => of(k, executor)?.median),
      form: number,
      cells: kernels.map((k) => {
        const ns = of(k, executor)
        return ns === undefined ? '–' : withSpread(ns)
      }),
    }))
    const chosen: Part = {
      title: 'auto : best',
      column: kernels.map((k) => {
        const fixed = ['switch/fast', 'closure/fast'].map((e) => of(k, e)?.median).filter((v) => v !== undefined)
        const auto = of(k, 'auto')?.median
        return auto === undefined || fixed.length === 0 ? undefined : auto / Math.min(...fixed)
      }),
      form: (v) => `${v.toFixed(2)}×`,
    }
    const section = `## ${about}\n\nCPU ns per Wasm instruction.\n\n${kernelTable(kernels, executors.includes('auto') ? [...columns, chosen] : columns)}`
    return [section, ...failureLines(failures.filter((f) => f.engine === name))]
  })
}

const programTitles: Readonly<Record<ProgramTime['kind'], string>> = {
  command: 'WASI commands',
  work: 'Packages at work',
  first: 'Packages, a small session',
}

/** CPU time and peak memory of whole processes. */
export function programReports({ times: all, failures }: ProgramFindings): string[] {
  const sections = (Object.keys(programTitles) as ProgramTime['kind'][]).flatMap((kind) => {
    const mine = all.filter((t) => t.kind === kind)
    if (mine.length === 0) return []
    const executors = [...new Set(mine.map((t) => t.executor))]
    const rows = [...new Set(mine.map((t) => t.program))].map((program) => {
      const of = (executor: string): ProgramTime | undefined => mine.find((t) => t.program === program && t.executor === executor)
      return [
        program,
        ...executors.flatMap((e) => [cell(of(e)?.cpu.median, number), cell(of(e)?.peak.median, (v) => (v / 1e6).toFixed(0))]),
      ]
    })
    return [
      `## ${programTitles[kind]}\n\nCPU ms of the process from start to end, and its largest resident set in MB.\n\n${table(['program', ...executors.flatMap((e) => [e, 'MB'])], rows)}`,
    ]
  })
  return [
    ...sections,
    ...(failures.length === 0 ? [] : [failures.map((f) => `- ${f.executor} fails at ${f.program}: ${f.why}`).join('\n')]),
  ]
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
