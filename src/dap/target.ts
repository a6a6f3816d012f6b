/** What a session debugs: a program that it starts, or one that runs already. Whoever makes sessions provides them. */
import type { WasmInstance } from '../embedding/instantiate.ts'
import type { CompiledModule } from '../embedding/module.ts'
import type { Source } from '../debug/index.ts'
import type { RunOptions } from '../wasi/run.ts'
import type { Arguments } from './arguments.ts'

interface Described {
  /** Absolute path of the file. */
  readonly path: string
  /** The text of a .wat file, with the places of its instructions. */
  readonly source: Source | undefined
  /** What to tell about an error that ended the program. */
  report(error: unknown): { readonly text: string; readonly exitCode: number }
}

/** A program to be started. */
export interface Program extends Described {
  readonly module: CompiledModule
  /** All but the streams. Standard input is part of it. */
  readonly options: RunOptions
  /** What an invoked function returned, in lines. */
  results(result: unknown): string[]
}

/** A program that runs already. */
export interface RunningProgram extends Described {
  readonly instance: WasmInstance
  /** Settles when it has ended. */
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly error: unknown }>
  /** Ends it. */
  end(): void
}

export interface Targets {
  /** Reads what the arguments of `launch` ask for. Rejects with an error for the user. */
  launch(args: Arguments): Promise<Program>
  /** The program that is to be joined. Throws an error for the user. */
  attach(args: Arguments): RunningProgram
}
