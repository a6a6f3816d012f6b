/** `--compare REF`: the core of another commit as one file, to be measured beside this one's. Needs git. */
import { execFileSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repoRoot } from '../test/helpers/files.ts'
import { bundleCore } from './processes.ts'

export interface OtherCommit {
  /** The commit, abbreviated. */
  readonly commit: string
  /** URL of its core. */
  readonly core: string
}

/** Checks the commit out below `folder`, makes the bundle there, and removes the check-out again. */
export async function coreOf(ref: string, folder: string): Promise<OtherCommit> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: repoRoot, encoding: 'utf8' }).trim()
  const commit = git('rev-parse', '--short', '--verify', `${ref}^{commit}`)
  const tree = join(folder, `tree-${commit}`)
  const outfile = join(folder, `core-${commit}.mjs`)
  git('worktree', 'add', '--detach', '--quiet', tree, commit)
  try {
    symlinkSync(join(repoRoot, 'node_modules'), join(tree, 'node_modules'), 'junction')
    await bundleCore(tree, outfile, existsSync(join(tree, 'src/families/reference.ts')))
  } finally {
    git('worktree', 'remove', '--force', tree)
  }
  return { commit, core: pathToFileURL(outfile).href }
}
