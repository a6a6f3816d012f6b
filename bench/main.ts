/**
 * `npm run bench`: measures vitrine against the JS engine's own WebAssembly and against rivals, and prints tables. README.md
 * in this folder says what the numbers mean. Everything that is timed runs in child processes; this one only plans, waits
 * and counts.
 */
import { copyFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { coreOf } from './compare.ts'
import { draw } from './document.ts'
import { executors } from './executors.ts'
import { executorContestant, measureKernels, rivalContestant } from './measure.ts'
import { type Context, partNames, parts } from './parts.ts'
import { kernels, modes } from './plan.ts'
import { makeBundles } from './processes.ts'
import { compareReport } from './report.ts'
import { save, savedResults } from './save.ts'
import { recount } from './recount.ts'
import { measureParts, reportOf } from './results.ts'
import { type Rival, installRivals, rivals } from './rivals/index.ts'

const names = (always: boolean): string => partNames.filter((name) => parts[name].always === always).join(', ')

const help = `npm run bench -- [options]
  --parts a,b       ${names(true)};
                    only when asked for, since they install packages: ${names(false)}
  --kernels a,b     only these programs of bench/kernels            (all ${kernels.length})
  --programs a,b    only these programs of the part of that name
  --runs N          rounds; medians and spreads are over them       (9)
  --modes a,b       ${modes.join(', ')}
  --executors a,b   ${executors.join(', ')};
                    only when asked for: ${rivals.join(', ')}
  --compare REF     the kernels on this tree's core and on that commit's, side by side
  --save            keeps the results in docs/performance and draws
  --draw            only makes the tables and plots of docs/performance.md anew
  --json FILE       writes all results
  --scale X         sizes and times are multiplied by X: a smoke test, not a measurement
  --count           only counts the instructions that the kernels execute
  --shell FILE      only writes the script for other JS shells
Other engines and rivals are installed into bench/rivals (470 MB), modules of other projects into test/foreign (400 MB).`

const { values: args } = understood(() =>
  parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      kernels: { type: 'string' },
      runs: { type: 'string', default: '9' },
      modes: { type: 'string' },
      executors: { type: 'string' },
      compare: { type: 'string' },
      count: { type: 'boolean' },
      parts: { type: 'string' },
      programs: { type: 'string' },
      json: { type: 'string' },
      scale: { type: 'string', default: '1' },
      save: { type: 'boolean' },
      draw: { type: 'boolean' },
      shell: { type: 'string' },
    },
  }),
)

/** What `parse` returns; a line on what is wrong with the arguments, and no more, if it throws. */
function understood<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${help}`)
    process.exit(2)
  }
}

/** A list option: some of what there is, in its order there. */
function choose<Name extends string>(option: string, given: string | undefined, all: readonly Name[], byDefault = all): Name[] {
  const chosen: readonly string[] = given?.split(',') ?? byDefault
  for (const name of chosen)
    if (!(all as readonly string[]).includes(name)) throw new Error(`--${option}: there is no ${name}; there are ${all.join(', ')}`)
  return all.filter((name) => chosen.includes(name))
}

function positive(option: string, given: string): number {
  const value = Number(given)
  if (!(value > 0)) throw new Error(`--${option} must be a positive number, not ${given}`)
  return value
}

const isRival = (name: string): name is Rival => (rivals as readonly string[]).includes(name)

async function main(): Promise<void> {
  if (args.help === true) return console.log(help)
  if (args.draw === true) return draw(savedResults())
  const chosenKernels = choose(
    'kernels',
    args.kernels,
    kernels.map((k) => k.name),
  )
  const chosenParts = choose(
    'parts',
    args.parts,
    partNames,
    partNames.filter((name) => parts[name].always),
  )
  const who = choose('executors', args.executors, [...executors, ...rivals], executors)
  if (who.some(isRival)) installRivals()
  const started = performance.now()
  const bundles = await makeBundles()
  const context: Context = {
    kernels: kernels.filter((k) => chosenKernels.includes(k.name)),
    modes: choose('modes', args.modes, modes),
    contestants: who.map((name) => (isRival(name) ? rivalContestant(name, bundles) : executorContestant(name, bundles.core))),
    programs: args.programs?.split(','),
    runs: Math.ceil(positive('runs', args.runs)),
    scale: positive('scale', args.scale),
    bundles,
    progress: (line) => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`),
  }
  try {
    if (args.shell !== undefined) return copyFileSync(bundles.shell, args.shell)
    if (args.count === true) return recount(bundles)
    if (args.compare !== undefined) return await compare(context, args.compare)
    const results = await measureParts(chosenParts, context, (soFar) => {
      if (args.save !== true) return
      save(soFar)
      draw(savedResults())
    })
    console.log(reportOf(results))
    if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(results, null, 2)}\n`)
  } finally {
    bundles.remove()
  }
}

async function compare(context: Context, ref: string): Promise<void> {
  const { commit, core } = await coreOf(ref, context.bundles.dir)
  const own = context.contestants.filter(({ mayFail }) => !mayFail)
  const contestants = own.flatMap((who) => [who, executorContestant(who.plan, core, `${who.name} ${commit}`)])
  const { samples } = measureKernels({ ...context, contestants }, context.bundles, context.progress)
  const sections = context.modes.map((mode) =>
    compareReport(
      samples,
      mode,
      own.map(({ name }) => name),
      commit,
    ),
  )
  console.log(sections.join('\n\n'))
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify({ commit, samples }, null, 2)}\n`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
