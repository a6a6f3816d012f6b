/**
 * Thirty seconds of races: two other processes exchange directories and files for symlinks that lead out, as fast as they can,
 * while guests read, write, create, rename and remove through the same names. Nothing outside may be read or changed; a resolver
 * that checks a path and then uses it must be caught, else the test shows nothing. (A short version is in `node.test.ts`.)
 */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeTemporary, temporaryDirectory } from '../../../test/helpers/file-systems.ts'
import { Directory } from '../directory.ts'
import { SysError } from '../errno.ts'
import { overlay } from '../overlay-fs.ts'
import { hasHandleRelative, NodeFs } from './node-fs.ts'

afterAll(removeTemporary)

const SECONDS = 30
/** On a busy machine the other processes hardly run: then it goes on until there have been races. */
const AT_MOST = 900
/** Exchanges `box/d` for a symlink to `outside`, and `box/e/g` for one to `outside/f`. */
const swapper = `
  const fs = require('node:fs'), [box] = process.argv.slice(1)
  const quietly = (body) => { try { body() } catch { } }
  process.stdout.write('go')
  for (;;) {
    for (const name of ['d', 'e/g']) {
      const at = box + '/' + name, link = box + '/link-' + name[0], real = box + '/real-' + name[0]
      quietly(() => fs.renameSync(at, real)); quietly(() => fs.renameSync(link, at)); quietly(() => fs.renameSync(at, link)); quietly(() => fs.renameSync(real, at))
    }
  }`

const how = { read: true, write: false, create: false, exclusive: false, truncate: false, directory: false }

test.runIf(hasHandleRelative())('nothing outside is reached in a race; a naive resolver is caught', async () => {
  const top = temporaryDirectory()
  const box = join(top, 'box')
  const outside = join(top, 'outside')
  for (const dir of [join(box, 'd'), join(box, 'e'), outside]) fs.mkdirSync(dir, { recursive: true })
  fs.writeFileSync(join(box, 'd/f'), 'inside')
  fs.writeFileSync(join(box, 'e/g'), 'inside')
  fs.writeFileSync(join(outside, 'f'), 'secret')
  fs.symlinkSync('../outside', join(box, 'link-d'))
  fs.symlinkSync('../../outside/f', join(box, 'link-e'))
  const children: ChildProcess[] = []
  try {
    for (let i = 0; i < 2; i++) {
      const child = spawn(process.execPath, ['-e', swapper, box])
      children.push(child)
      await new Promise((resolve) => child.stdout.once('data', resolve))
    }
    const provider = new NodeFs(box, 'rw', true)
    const grants: [string, Directory][] = [['node', Directory.grant({ provider, access: 'rw' }, '/') as Directory]]
    const checked = Directory.grant({ provider: new NodeFs(box, 'ro', false), access: 'ro' }, '/') as Directory
    const counts = { read: 0, written: 0, created: 0, refused: 0, naive: 0, checkedPaths: 0 }
    const buffer = new Uint8Array(10)
    /** What an open file holds, or undefined when it could not be opened. */
    const read = (dir: Directory, path: string): string | undefined => {
      const opened = dir.open(path, true, how) as Exclude<ReturnType<Directory['open']>, Promise<unknown>>
      if (opened.kind === 'directory') return (opened.directory.close(), undefined)
      const n = opened.file.read(buffer, 0) as number
      void opened.file.close()
      return String.fromCharCode(...buffer.subarray(0, n))
    }
    const quietly = <T>(body: () => T): T | undefined => {
      try {
        return body()
      } catch (e) {
        if (!(e instanceof SysError)) throw e
        expect(['notcapable', 'noent', 'loop', 'notdir', 'inval', 'exist', 'acces', 'isdir', 'notempty']).toContain(e.errno)
        counts.refused++
        return undefined
      }
    }
    const naive = (path: string): string | undefined => {
      try {
        // Checks the whole path, then uses it: what a resolver on strings does.
        return fs.realpathSync(path).startsWith(fs.realpathSync(box)) ? fs.readFileSync(path, 'utf8') : undefined
      } catch {
        return undefined
      }
    }
    const start = Date.now()
    const seconds = (): number => (Date.now() - start) / 1000
    const enough = (): boolean => counts.read > 1000 && counts.written > 100 && counts.refused > 100 && counts.naive > 0
    while (seconds() < SECONDS || (!enough() && seconds() < AT_MOST)) {
      // A new overlay each time: it remembers what it has seen.
      grants[1] = ['overlay', Directory.grant({ provider: overlay(provider), access: 'rw' }, '/') as Directory]
      for (const [name, dir] of grants) {
        for (const path of ['d/f', 'e/g']) {
          const content = quietly(() => read(dir, path))
          expect(content, name).not.toBe('secret')
          if (content !== undefined) counts.read++
        }
        for (const path of ['d/f', 'e/g']) {
          const opened = quietly(() => dir.open(path, true, { ...how, write: true })) as
            | { kind: string; file?: { write(data: Uint8Array, at: number): unknown; close(): unknown } }
            | undefined
          if (opened?.file !== undefined) {
            opened.file.write(new Uint8Array([105, 110, 115, 105, 100, 101]), 0)
            opened.file.close()
            counts.written++
          }
        }
        const made = quietly(() => dir.open('d/made', true, { ...how, write: true, create: true })) as
          | { file?: { close(): unknown } }
          | undefined
        if (made?.file !== undefined) {
          made.file.close()
          counts.created++
        }
        void quietly(() => dir.mkdir('d/made-dir'))
        void quietly(() => dir.link('e/g', false, dir, 'd/linked'))
        void quietly(() => dir.rename('d/made', dir, 'd/moved'))
        for (const path of ['d/moved', 'd/made', 'd/linked']) void quietly(() => dir.unlink(path))
        void quietly(() => dir.rmdir('d/made-dir'))
        void quietly(() => dir.symlink('f', 'd/l'))
        void quietly(() => dir.unlink('d/l'))
      }
      grants[1][1].close()
      if (quietly(() => read(checked, 'd/f')) === 'secret') counts.checkedPaths++
      for (let i = 0; i < 10; i++) if (naive(join(box, 'd/f')) === 'secret' || naive(join(box, 'e/g')) === 'secret') counts.naive++
    }
    console.log('races:', JSON.stringify(counts))
    expect(fs.readdirSync(outside)).toEqual(['f'])
    expect(fs.readFileSync(join(outside, 'f'), 'utf8')).toBe('secret')
    expect(fs.statSync(join(outside, 'f')).nlink).toBe(1)
    expect(counts.read).toBeGreaterThan(1000)
    expect(counts.written).toBeGreaterThan(100)
    expect(counts.refused).toBeGreaterThan(100)
    expect(counts.naive).toBeGreaterThan(0)
    grants[0]![1].close()
    checked.close()
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
})
