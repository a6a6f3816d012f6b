/** The parts of the harness: how each is measured, and how its results are printed. `npm run bench -- --parts a,b` picks some. */
import { type Cliff, measureCliffs } from './cliffs/measure.ts'
import { installEngines } from './engines/index.ts'
import { type EngineFindings, measureEngines } from './engines/measure.ts'
import { engineOf, executors } from './executors.ts'
import type { MicroJob, MicroResult } from './jobs.ts'
import { type HostSpeed, measureHost } from './host/measure.ts'
import { type Large, type Text, measureLarge, measureText } from './large.ts'
import { type Contestant, type Measured, measureKernels } from './measure.ts'
import { type Kernel, type Mode, featureKernels, nodeFlags } from './plan.ts'
import { type Bundles, runChild } from './processes.ts'
import { type ProgramFindings, measurePrograms } from './programs/measure.ts'
import { installRivals } from './rivals/index.ts'
import {
  cliffReport,
  engineReports,
  hostReport,
  kernelReport,
  largeReport,
  microReport,
  programReports,
  startupReport,
  textReport,
  twinReport,
} from './report.ts'
import { type Startup, measureStartup } from './startup.ts'

export interface Context {
  readonly kernels: readonly Kernel[]
  readonly modes: readonly Mode[]
  readonly contestants: readonly Contestant[]
  /** Names of programs; without them all. */
  readonly programs: readonly string[] | undefined
  readonly runs: number
  readonly scale: number
  readonly bundles: Bundles
  readonly progress: (line: string) => void
}

/** What each part finds. */
export interface Findings {
  readonly kernels: Measured
  readonly features: Measured
  readonly cliffs: readonly Cliff[]
  readonly engines: EngineFindings
  readonly programs: ProgramFindings
  readonly startup: { readonly startups: readonly Startup[]; readonly sizes: Bundles['sizes'] }
  readonly micro: readonly { readonly mode: Mode; readonly results: readonly MicroResult[] }[]
  readonly host: readonly HostSpeed[]
  readonly large: readonly Large[]
  readonly text: readonly Text[]
}
export type PartName = keyof Findings

export interface Part<Found> {
  /** In every run, or only when asked for, because it installs packages. */
  readonly always: boolean
  readonly measure: (context: Context) => Found | Promise<Found>
  /** Markdown, a section each. */
  readonly report: (found: Found) => string[]
}

const modesOf = ({ samples }: Measured): Mode[] => [...new Set(samples.map((s) => s.mode))]

function measureMicro({ modes, contestants, scale, bundles, progress }: Context): Findings['micro'] {
  const own = contestants.filter((who) => executors.includes(who.plan)).map((who) => engineOf(who.plan))
  return modes.map((mode) => {
    progress(`${mode} micro`)
    const engines: MicroJob['engines'] = [...(mode === 'jit' ? [{ kind: 'native' } as const] : []), ...own]
    const job: MicroJob = { core: bundles.core, engines, ms: 300 * scale }
    return { mode, results: runChild<MicroResult[]>(nodeFlags[mode], bundles.micro, job) }
  })
}

export const parts: { readonly [Name in PartName]: Part<Findings[Name]> } = {
  kernels: {
    always: true,
    measure: (context) => measureKernels(context, context.bundles, context.progress),
    report: (found) => modesOf(found).map((mode) => kernelReport(found, mode)),
  },
  startup: {
    always: true,
    measure: async ({ modes, runs, bundles, progress }) => ({
      startups: await measureStartup(modes, runs, bundles, progress),
      sizes: bundles.sizes,
    }),
    report: (found) => [startupReport(found)],
  },
  micro: { always: true, measure: measureMicro, report: (found) => found.map(({ mode, results }) => microReport(results, mode)) },
  host: {
    always: true,
    measure: ({ runs, scale, bundles, progress }) => measureHost(runs, scale, bundles, progress),
    report: (found) => [hostReport(found)],
  },
  features: {
    always: false,
    measure: (context) => {
      installEngines()
      const contestants = context.contestants.filter((who) => executors.includes(who.plan))
      return measureKernels({ ...context, kernels: featureKernels, contestants }, context.bundles, context.progress)
    },
    report: (found) =>
      modesOf(found).flatMap((mode) => [kernelReport(found, mode, 'Vectors, heap, exceptions, continuations'), twinReport(found, mode)]),
  },
  cliffs: {
    always: false,
    measure: ({ modes, contestants, runs, scale, bundles, progress }) => {
      installEngines()
      const own = contestants.map(({ plan }) => plan).filter((plan) => executors.includes(plan))
      return measureCliffs(modes, own, runs, scale, bundles, progress)
    },
    report: (found) => [...new Set(found.map((c) => c.mode))].map((mode) => cliffReport(found, mode)),
  },
  engines: {
    always: false,
    measure: ({ kernels, contestants, runs, scale, bundles, progress }) => {
      installEngines()
      installRivals()
      return measureEngines({ kernels, executors: contestants.map(({ plan }) => plan), runs, scale, bundles, progress })
    },
    report: (found) => engineReports(found),
  },
  programs: {
    always: false,
    measure: ({ programs, runs, bundles, progress }) => measurePrograms(programs, runs, bundles, progress),
    report: (found) => programReports(found),
  },
  large: {
    always: false,
    measure: ({ modes, runs, bundles, progress }) => measureLarge(modes, runs, bundles, progress),
    report: (found) => [largeReport(found)],
  },
  text: {
    always: false,
    measure: ({ modes, runs, bundles, progress }) => measureText(modes, runs, bundles, progress),
    report: (found) => [textReport(found)],
  },
}

export const partNames: readonly PartName[] = Object.keys(parts) as PartName[]
