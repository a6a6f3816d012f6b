/** The `vitrine` command as one file, for tests that start it often: the sources would be translated anew each time. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { repoRoot } from './files.ts'

/** Writes `main.js` into a directory; gives its path. */
export async function bundleCommand(dir: string): Promise<string> {
  const outfile = join(dir, 'main.js')
  await build({
    entryPoints: [join(repoRoot, 'src/cli/main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'error',
  })
  return outfile
}

/** The same in `dist/cli/` of a directory with the package.json, as in the published package. */
export function bundlePackage(dir: string): Promise<string> {
  const place = join(dir, 'dist/cli')
  mkdirSync(place, { recursive: true })
  copyFileSync(join(repoRoot, 'package.json'), join(dir, 'package.json'))
  return bundleCommand(place)
}
