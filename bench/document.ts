/**
 * The tables and plots of docs/performance.md, from the results in docs/performance/results.json. The document is written by
 * hand around them: what stands between `<!-- bench: NAME -->` and `<!-- /bench -->` is replaced.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoRoot } from '../test/helpers/files.ts'
import type { Cliff } from './cliffs/measure.ts'
import type { Sample } from './measure.ts'
import type { Mode } from './plan.ts'
import { type DotPlot, dotPlot } from './plot.ts'
import { CLIFF, cliffReport, nsEach, number, programReports, table, times, twinReport } from './report.ts'
import { type Results, aboutLine, partReport } from './results.ts'
import { docsFolder } from './save.ts'
import { geomean } from './stats.ts'

export const documentPath: string = join(repoRoot, 'docs/performance.md')

type Value = number | undefined
const present = (values: readonly Value[]): number[] => values.filter((value) => value !== undefined)
const mean = (values: readonly Value[]): Value => (present(values).length === 0 ? undefined : geomean(present(values)))
const shown = (value: Value, form: (value: number) => string): string => (value === undefined ? '–' : form(value))
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]

/** A matrix of programs and ways of running them, as a table and as a plot. */
interface Matrix {
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  readonly at: (row: string, column: string) => Value
}

/** Geomeans over the rows that all columns have, so that they are comparable. */
function common({ rows, columns, at }: Matrix): string[] {
  return rows.filter((row) => columns.every((column) => at(row, column) !== undefined))
}

function matrixTable(matrix: Matrix, form: (value: number) => string, first: string): string {
  const { rows, columns, at } = matrix
  const same = common(matrix)
  const sums = (
    [
      ['geomean', geomean],
      ['min', (v: readonly number[]) => Math.min(...v)],
      ['max', (v: readonly number[]) => Math.max(...v)],
    ] as const
  ).map(([name, of]) => [
    `**${name}**`,
    ...columns.map((column) => (same.length === 0 ? '–' : form(of(same.map((row) => at(row, column)!))))),
  ])
  return table([first, ...columns], [...rows.map((row) => [row, ...columns.map((column) => shown(at(row, column), form))]), ...sums])
}

function matrixPlot(matrix: Matrix, plot: Pick<DotPlot, 'title' | 'axis' | 'unit' | 'limit'>, withMean = true): string {
  const { rows, columns, at } = matrix
  const same = common(matrix)
  const series = columns.map((name) => ({
    name,
    values: [...rows.map((row) => at(row, name)), ...(withMean ? [mean(same.map((row) => at(row, name)))] : [])],
  }))
  return dotPlot({ ...plot, rows: withMean ? [...rows, 'geomean'] : rows, series, means: rows.length })
}

function sampleMatrix(samples: readonly Sample[], mode: Mode, value: (sample: Sample) => number, left: readonly string[] = []): Matrix {
  const mine = samples.filter((s) => s.mode === mode)
  const of = new Map(mine.map((s) => [`${s.kernel} ${s.executor}`, value(s)]))
  return {
    rows: unique(mine.map((s) => s.kernel)),
    columns: unique(mine.map((s) => s.executor)).filter((name) => !left.includes(name)),
    at: (row, column) => of.get(`${row} ${column}`),
  }
}
const ratioOf = (sample: Sample): number => sample.ratio.median
const nsOf = (sample: Sample): number => nsEach(sample.steady.median, sample)

/** A picture in the document, and its file. */
type Pictures = Record<string, string>
const picture = (pictures: Pictures, name: string, about: string, svg: string): string => {
  pictures[`${name}.svg`] = svg
  return `![${about}](performance/${name}.svg)`
}

type Section = (results: Results, pictures: Pictures) => string | undefined

/**
 * Geomean of the times of two executors against each other, over the programs that both have: by executed instruction, since each ran a
 * size that took it long enough to be measured, at which machine code may take next to nothing.
 */
function against(samples: readonly Sample[], mode: Mode, a: string, b: string): Value {
  const { rows, at } = sampleMatrix(samples, mode, nsOf)
  return mean(
    rows.map((row) => {
      const [x, y] = [at(row, a), at(row, b)]
      return x === undefined || y === undefined ? undefined : x / y
    }),
  )
}

const kernelsSection =
  (mode: Mode): Section =>
  ({ kernels }, pictures) => {
    if (kernels === undefined) return undefined
    const { samples } = kernels.found
    const jit = mode === 'jit'
    const matrix = sampleMatrix(samples, mode, jit ? ratioOf : nsOf)
    const plot = jit
      ? { title: 'With a JIT: time against machine code (TurboFan)', axis: 'CPU time : machine code', unit: '×' }
      : { title: 'Without a JIT (node --jitless): time of a Wasm instruction', axis: 'CPU ns per Wasm instruction', unit: '' }
    return [
      aboutLine(kernels.about),
      picture(pictures, `kernels-${mode}`, plot.title, matrixPlot(matrix, plot)),
      matrixTable(matrix, jit ? times : number, 'kernel'),
    ].join('\n\n')
  }

/** What the issue of speed is about, in a row each. */
const summary: Section = ({ kernels }) => {
  if (kernels === undefined) return undefined
  const { samples } = kernels.found
  const of = (mode: Mode, executor: string): Value => {
    const { rows, at } = sampleMatrix(samples, mode, ratioOf)
    return mean(rows.map((row) => at(row, executor)))
  }
  const rows: readonly (readonly [string, Value, string])[] = [
    ['`switch/fast` : machine code, JIT', of('jit', 'switch/fast'), '18×'],
    ['`switch/exact` : `switch/fast`, JIT', against(samples, 'jit', 'switch/exact', 'switch/fast'), '3×'],
    ['`closure/fast` : polywasm, no JIT', against(samples, 'jitless', 'closure/fast', 'polywasm'), '5.5×'],
    ['`auto` : `switch/fast`, JIT', against(samples, 'jit', 'auto', 'switch/fast'), '1.1×'],
    ['`auto` : `closure/fast`, no JIT', against(samples, 'jitless', 'auto', 'closure/fast'), '1.1×'],
  ]
  return table(
    ['geometric mean over the kernels', 'measured', 'aim'],
    rows.map(([what, value, aim]) => [what, shown(value, times), aim]),
  )
}

/** Every JS engine: vitrine's executors, the automatic choice, and what else runs WebAssembly there. */
const engines: Section = ({ engines: other, kernels }, pictures) => {
  if (other === undefined || kernels === undefined) return undefined
  const names = unique(other.found.times.map((t) => t.kernel))
  const values = new Map<string, number>()
  for (const t of other.found.times) values.set(`${t.engine} ${t.kernel} ${t.executor}`, t.ns.median)
  for (const s of kernels.found.samples) values.set(`V8, ${s.mode === 'jit' ? 'JIT' : 'no JIT'} ${s.kernel} ${s.executor}`, nsOf(s))
  const columns = ['switch/fast', 'closure/fast', 'auto', 'polywasm']
  const rows = ['V8, JIT', 'V8, no JIT', ...unique(other.found.times.map((t) => t.engine))]
  const of = (engine: string, executor: string): Value[] => names.map((kernel) => values.get(`${engine} ${kernel} ${executor}`))
  // Only kernels that every way in the engine has.
  const usable = (engine: string): number[] => {
    const some = columns.filter((column) => of(engine, column).some((v) => v !== undefined))
    return names.map((_, i) => i).filter((i) => some.every((column) => (of(engine, column)[i] ?? 0) > 0))
  }
  const matrix: Matrix = { rows, columns, at: (engine, executor) => mean(usable(engine).map((i) => of(engine, executor)[i])) }
  const lines = rows.map((engine) => {
    const best = Math.min(...present(['switch/fast', 'closure/fast'].map((executor) => matrix.at(engine, executor))))
    const auto = matrix.at(engine, 'auto')
    const rival = matrix.at(engine, 'polywasm')
    return [
      engine,
      ...columns.map((column) => shown(matrix.at(engine, column), number)),
      shown(auto === undefined ? undefined : auto / best, times),
      shown(rival === undefined ? undefined : best / rival, times),
    ]
  })
  return [
    aboutLine(other.about),
    picture(
      pictures,
      'engines',
      'Engines: time of a Wasm instruction',
      matrixPlot(
        matrix,
        {
          title: 'JavaScript engines: time of a Wasm instruction',
          axis: `CPU ns per Wasm instruction, geometric mean of ${names.join(', ')}`,
          unit: '',
        },
        false,
      ),
    ),
    table(['engine (ns per instruction)', ...columns, 'auto : best', 'best : polywasm'], lines),
  ].join('\n\n')
}

const features: Section = ({ features: found }, pictures) => {
  if (found === undefined) return undefined
  const { samples } = found.found
  const modes = unique(samples.map((s) => s.mode))
  return [
    aboutLine(found.about),
    ...modes.flatMap((mode) => {
      const title = `Vectors, heap, exceptions, continuations ${mode === 'jit' ? 'with' : 'without'} a JIT: time against machine code`
      const matrix = sampleMatrix(samples, mode, ratioOf)
      return [
        picture(pictures, `features-${mode}`, title, matrixPlot(matrix, { title, axis: 'CPU time : machine code', unit: '×' })),
        matrixTable(matrix, times, 'program'),
        twinReport(found.found, mode),
      ]
    }),
  ].join('\n\n')
}

const cliffs: Section = ({ cliffs: found }, pictures) => {
  if (found === undefined) return undefined
  const modes = unique(found.found.map((c) => c.mode))
  const label = (c: Cliff): string => `${c.executor}${c.executor === 'native' ? '' : c.mode === 'jit' ? ', JIT' : ', no JIT'}`
  const values = new Map(found.found.map((c) => [`${c.pair} ${label(c)}`, c.ratio.median]))
  const matrix: Matrix = {
    rows: unique(found.found.map((c) => c.pair)),
    columns: unique(found.found.map(label)).filter((name) => name !== 'native'),
    at: (row, column) => values.get(`${row} ${column}`),
  }
  const plot = {
    title: 'Features against the same work done without them',
    axis: 'CPU time : without the feature',
    unit: '×',
    limit: { at: CLIFF, label: 'a cliff' },
  }
  return [
    aboutLine(found.about),
    picture(pictures, 'cliffs', plot.title, matrixPlot(matrix, plot, false)),
    ...modes.map((mode) => cliffReport(found.found, mode)),
  ].join('\n\n')
}

const programs: Section = ({ programs: found }, pictures) => {
  if (found === undefined) return undefined
  const values = new Map(found.found.times.map((t) => [`${t.program} ${t.executor}`, t.cpu.median]))
  const matrix: Matrix = {
    rows: unique(found.found.times.map((t) => t.program)),
    columns: unique(found.found.times.map((t) => t.executor)),
    at: (row, column) => values.get(`${row} ${column}`),
  }
  const plot = { title: 'Whole programs, from the start of Node to the end', axis: 'CPU ms of the process', unit: '' }
  return [
    aboutLine(found.about),
    picture(pictures, 'programs', plot.title, matrixPlot(matrix, plot, false)),
    ...programReports(found.found),
  ].join('\n\n')
}

/** A part whose report is shown as it is. */
const reported =
  (name: 'startup' | 'micro' | 'large' | 'host'): Section =>
  (results) => {
    const report = partReport(name, results)
    return report.length === 0 ? undefined : report.join('\n\n')
  }

const sections: Readonly<Record<string, Section>> = {
  summary,
  'kernels-jit': kernelsSection('jit'),
  'kernels-jitless': kernelsSection('jitless'),
  engines,
  features,
  cliffs,
  programs,
  startup: reported('startup'),
  large: reported('large'),
  host: reported('host'),
  micro: reported('micro'),
}

/** Headings of the reports stand below those of the document. */
const lowered = (markdown: string): string => markdown.replace(/^(#+ )/gm, '#$1')

/** The document with its sections made anew, and the pictures by file name. */
export function drawn(text: string, results: Results): { readonly text: string; readonly pictures: Readonly<Record<string, string>> } {
  const pictures: Pictures = {}
  const place = /(<!-- bench: (\S+) -->\n)[\s\S]*?(<!-- \/bench -->)/g
  const written = text.replace(place, (_, open: string, name: string, close: string) => {
    const section = sections[name]
    if (section === undefined) throw new Error(`docs/performance.md wants ${name}; there are ${Object.keys(sections).join(', ')}`)
    return `${open}\n${lowered(section(results, pictures) ?? 'Not measured yet.')}\n\n${close}`
  })
  return { text: written, pictures }
}

export function draw(results: Results): void {
  const { text, pictures } = drawn(readFileSync(documentPath, 'utf8'), results)
  writeFileSync(documentPath, text)
  for (const [file, svg] of Object.entries(pictures)) writeFileSync(join(docsFolder, file), svg)
}
