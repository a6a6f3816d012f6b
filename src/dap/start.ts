/** Programs under the debugger: started, or joined while they run. Called by session.ts. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Debugger, type LaunchOptions, type Source } from '../debug/index.ts'
import type { Module } from '../module/module.ts'
import { type Arguments, RequestError } from './arguments.ts'
import { Sources } from './sources.ts'
import type { Program, RunningProgram } from './target.ts'

/** A program under the debugger, from launch or attach to its end. */
export interface Target {
  readonly kind: 'launch' | 'attach'
  readonly path: string
  readonly module: Module
  readonly dbg: Debugger
  readonly sources: Sources
  report(error: unknown): { readonly text: string; readonly exitCode: number }
  results(result: unknown): string[]
  /** Ends a program that was joined. */
  end(): void
}

/** Prepares a program: it stands before its first instruction. */
export async function debugProgram(
  program: Program,
  args: Arguments,
  uris: boolean,
  options: Pick<LaunchOptions, 'stdout' | 'stderr' | 'onLog'>,
): Promise<Target> {
  const { path, module } = program
  const sources = sourcesOf(program, module.data, args, uris)
  const dbg = await Debugger.launch(module, { ...program.options, ...options, source: lazySource(sources) })
  return {
    kind: 'launch',
    path,
    module: module.data,
    dbg,
    sources,
    report: (error) => program.report(error),
    results: (result) => program.results(result),
    end: () => {},
  }
}

/** Joins a program that runs; it goes on running. */
export function joinProgram(program: RunningProgram, args: Arguments, uris: boolean, options: Pick<LaunchOptions, 'onLog'>): Target {
  const { path, instance } = program
  const module = instance.module.data
  const sources = sourcesOf(program, module, args, uris)
  const dbg = Debugger.attach(instance, { ...options, source: lazySource(sources) })
  return {
    kind: 'attach',
    path,
    module,
    dbg,
    sources,
    report: (error) => program.report(error),
    results: () => [],
    end: () => program.end(),
  }
}

function sourcesOf({ path, source }: Program | RunningProgram, module: Module, args: Arguments, uris: boolean): Sources {
  const wat = args.maybeString('wat')
  if (source !== undefined) return new Sources(module, path, { file: path, given: source, uris })
  if (wat === undefined) return new Sources(module, path)
  // The printed text as a file of the user's: clients without virtual documents can show it and keep breakpoints in it.
  const file = resolve(args.maybeString('cwd') ?? '.', wat)
  const printed = new Sources(module, path, { file, uris })
  try {
    writeFileSync(file, printed.texts[0]!.content)
  } catch (error) {
    throw new RequestError(`cannot write ${file}: ${(error as Error).message}`)
  }
  return printed
}

/** The debugger's source, of which nothing is made before it is asked for. */
const lazySource = (sources: Sources): Source => ({
  get text() {
    return sources.texts[0]?.content ?? ''
  },
  get map() {
    return sources.map
  },
})
