/** JavaScript engines that vitrine is measured in, and a newer Node: the packages of test/engines, installed when somebody asks. */
import { join } from 'node:path'
import { repoRoot } from '../../test/helpers/files.ts'
import { installPackages } from '../../test/helpers/packages.ts'

const folder: string = join(repoRoot, 'test/engines')
export const enginePath = (path: string): string => join(folder, 'node_modules', path)

export function installEngines(): void {
  const problem = installPackages(folder)
  if (problem !== undefined) throw new Error(`other engines are not here: ${problem}`)
}

/** A Node whose own WebAssembly has garbage collection, exceptions and stack switching. */
export const newestNode = (): string => enginePath('node26/bin/node')
