/** `--dir` and `--file`: what a guest sees of the disk. Called by guest.ts. */
import { readFileSync, statSync } from 'node:fs'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { isVitrineError } from '../errors.ts'
import { directory, file } from '../host/node/index.ts'
import { type Clock, type DirectoryOption, type FsOption, overlay, readOnly, tarFs, zipFs } from '../wasi/index.ts'
import { UsageError } from './args.ts'
import { systemMessage } from './system.ts'

/** Most bytes that a packed archive may unpack to. */
const MOST_UNPACKED = 2 ** 32

/** The parts of `HOST[::GUEST][,MODE]`; without GUEST the guest's name for it is what is written. */
export function splitGrant(text: string): { readonly host: string; readonly guest: string; readonly mode: string } {
  const [, path, mode = ''] = /^(.*?)(?:,(ro|rw|overlay))?$/s.exec(text)!
  // The last `::`, so that `C:\x::/x` works.
  const at = path!.lastIndexOf('::')
  return at < 0 ? { host: path!, guest: path!, mode } : { host: path!.slice(0, at), guest: path!.slice(at + 2), mode }
}

/** The option `fs` of a run. `clock` stamps what is changed in an overlay. */
export function parseGrants(dirs: readonly string[], files: readonly string[], clock: Clock): Record<string, FsOption> {
  const fs = Object.create(null) as Record<string, FsOption>
  const add = (flag: string, what: string, text: string, make: (host: string, mode: string) => FsOption): void => {
    const { host, guest, mode } = splitGrant(text)
    if (host === '' || guest === '')
      throw new UsageError(`--${flag} '${text}' names no ${what}`, `write --${flag} HOST::GUEST, for example --${flag} ${examples[flag]}`)
    if (guest in fs) throw new UsageError(`--${flag} grants ${guest} twice`)
    try {
      fs[guest] = make(host, mode)
    } catch (error) {
      const { message, cause } = error as Error
      if (cause !== undefined) throw new UsageError(`cannot grant ${host}: ${systemMessage(cause).replace('file', what)}`)
      throw isVitrineError(error)
        ? new UsageError(message.startsWith('cannot grant') ? message : `cannot grant ${host}: ${message}`)
        : error
    }
  }
  for (const text of dirs) {
    const make = (host: string, mode: string): DirectoryOption => {
      const access = mode === '' || mode === 'rw' ? 'rw' : 'ro'
      const archive = readArchive(host)
      if (archive !== undefined && mode === 'rw')
        throw new UsageError(`cannot grant ${host},rw: archives are never changed`, 'with ,overlay the guest may change what it sees of it')
      const grant = archive === undefined ? directory(host, { access }) : readOnly(archive)
      return mode === 'overlay' ? overlay(grant, { clock }) : grant
    }
    add('dir', 'directory', text, make)
  }
  for (const text of files) {
    const make = (host: string, mode: string): FsOption => {
      const grant = file(host, { access: mode === '' || mode === 'rw' ? 'rw' : 'ro' })
      return mode === 'overlay' ? { ...grant, provider: overlay(readOnly(grant.provider), { clock }), access: 'rw' } : grant
    }
    add('file', 'file', text, make)
  }
  return fs
}

const examples: Readonly<Record<string, string>> = { dir: '.::/data,ro', file: 'app.json::/etc/app.json,ro' }

/** A file with the name of an archive, as a directory; undefined for anything else. */
function readArchive(path: string): ReturnType<typeof zipFs> | undefined {
  const [, kind] = /\.(zip|tar|tar\.gz|tgz)$/i.exec(path) ?? []
  if (kind === undefined || !statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  const bytes = readFileSync(path)
  if (kind.toLowerCase() === 'zip') return zipFs(bytes, { inflate: (data, size) => inflateRawSync(data, { maxOutputLength: size }) })
  return tarFs(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED }) : bytes)
}
