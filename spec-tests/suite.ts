/**
 * Finds the scripts: `WASM_TESTSUITE`, else `../shared/wasm-testsuite` beside the repository. Resolves the command line's
 * FOLDER and FILE[:LINE], and reads the lists of expected failures.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { featuresOf, folderOf, notRun } from './features.ts'
import { Script } from './script.ts'

const here = dirname(fileURLToPath(import.meta.url))
const byDefault = join('..', 'shared', 'wasm-testsuite')

/** Root of the suite, or why there is none; `wrong` if a place was named and is none. */
export function findSuite(): { readonly root: string } | { readonly missing: string; readonly wrong: boolean } {
  const set = process.env.WASM_TESTSUITE ?? ''
  const root = set !== '' ? resolve(set) : resolve(here, '..', byDefault)
  if (existsSync(root) && statSync(root).isDirectory()) return { root }
  if (set !== '') return { missing: `WASM_TESTSUITE is set to '${set}', but there is no such directory.`, wrong: true }
  return {
    missing: `The official test scripts are not here: set WASM_TESTSUITE to their directory (looked for ${byDefault}).`,
    wrong: false,
  }
}

/** A script to run: its path, its name (relative to the root, with `/`), and the line if only one command was asked for. */
export interface Target {
  readonly path: string
  readonly name: string
  readonly line: number | undefined
}

const slashes = (path: string): string => path.split(sep).join('/')

/** All scripts below a directory: those of the directory itself first, then folder by folder. */
export function scriptsBelow(root: string, directory: string = root): readonly Target[] {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  const files = entries.filter((e) => e.isFile() && e.name.endsWith('.wast'))
  const targets: Target[] = files.map((e) => ({
    path: join(directory, e.name),
    name: slashes(relative(root, join(directory, e.name))),
    line: undefined,
  }))
  for (const e of entries) {
    const path = join(directory, e.name)
    if (e.isDirectory() && !notRun.has(slashes(relative(root, path)))) targets.push(...scriptsBelow(root, path))
  }
  return targets
}

/** Reads a script. */
export const readScript = ({ path, name }: Target): Script => new Script(name, readFileSync(path), featuresOf(folderOf(name)))

/** Targets for a command line argument: a folder or file below the root, the bare name of a script, or a path of the file system. */
export function resolveTargets(root: string, argument: string): readonly Target[] {
  const [, path = argument, lineText] = /^(.*?)(?::(\d+))?$/.exec(argument) ?? []
  const line = lineText === undefined ? undefined : Number(lineText)
  const at = (full: string): readonly Target[] => {
    if (statSync(full).isDirectory()) return scriptsBelow(full.startsWith(root) ? root : full, full)
    return [{ path: full, name: slashes(full.startsWith(root + sep) ? relative(root, full) : basename(full)), line }]
  }
  for (const candidate of [join(root, path), join(root, `${path}.wast`), resolve(path)]) if (existsSync(candidate)) return at(candidate)
  return scriptsBelow(root)
    .filter(({ name }) => basename(name) === path || basename(name, '.wast') === path)
    .map((target) => ({ ...target, line }))
}

// ---- expected failures ----------------------------------------------------------------------------------------------

/** Lists in expected-failures/: `common.txt`, `static.txt`, and one a configuration (`switch-fast.txt`). */
export function expectedFailures(column: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  for (const file of ['common', column.replace('/', '-')]) {
    const path = join(here, 'expected-failures', `${file}.txt`)
    if (!existsSync(path)) continue
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [, place, reason] = /^([^#\s]\S*:\d+)\s+(\S.*)$/.exec(line.trim()) ?? []
      if (place !== undefined) entries.set(place, reason!)
      else if (line.trim() !== '' && !line.startsWith('#')) throw new Error(`${path}: not 'FILE:LINE reason': ${line}`)
    }
  }
  return entries
}
