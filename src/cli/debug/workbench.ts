/**
 * What a person at the terminal debugger has in hands: a program that was started or joined, what is looked at, and how lines get
 * to the screen. Knows neither the terminal nor files. Made by debug.ts.
 */
import type { Debugger, Stop } from '../../debug/index.ts'
import { isVitrineError } from '../../errors.ts'
import type { Output } from '../../host/streams.ts'
import { type Workbench, execute } from './commands.ts'
import type { Screen } from './screen.ts'

export const PROMPT = '(vitrine) '

export interface Bench extends Workbench {
  /** How the program has ended, once it has. */
  ended: Stop | undefined
}

export interface Surroundings {
  readonly screen: Screen
  readonly print: (line: string) => void
  /** What an invoked function returned, in lines. */
  readonly results: (result: unknown) => string[]
  /** Shows what the guest has written of a line so far. */
  readonly flush: () => void
}

export function createBench(dbg: Debugger, { screen, print, results, flush }: Surroundings): Bench {
  const bench: Bench = {
    dbg,
    screen,
    selected: 0,
    quit: false,
    ended: undefined,
    print,
    go: async (action) => {
      const stop = await action()
      flush()
      bench.selected = 0
      screen.arrive(stop.frame)
      if (stop.frame === undefined) {
        bench.ended = stop
        print(screen.style.strong(`the program has ended: ${stop.message}`))
        if (stop.exitCode !== undefined) for (const line of results(stop.result)) print(line)
      } else for (const line of screen.stop(stop, stop.frame)) print(line)
    },
  }
  return bench
}

/** One command; a mistake in it is told. `echo`: the line is shown as well. */
export async function obey(bench: Bench, line: string, echo: boolean): Promise<void> {
  if (bench.quit) return
  if (echo) bench.print(`${PROMPT}${line}`)
  try {
    await execute(bench, line)
  } catch (error) {
    if (!isVitrineError(error)) throw error
    bench.print(bench.screen.style.error(`error: ${error.message}`))
  }
}

export interface Marked extends Output {
  flush(): void
}

/** What the guest writes stands among the debugger's lines with a mark in front of each line. */
export function marked(mark: string, emit: (line: string) => void): Marked {
  const decoder = new TextDecoder()
  let rest = ''
  return {
    write: (chunk) => {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) emit(mark + line)
      return chunk.length
    },
    flush: () => {
      if (rest !== '') emit(mark + rest)
      rest = ''
    },
  }
}
