/** A WASI command on vitrine: FILE, then its name and arguments. Bundled by measure.ts. */
import { readFileSync, writeSync } from 'node:fs'
import { run } from '../../src/wasi/index.ts'

const [, , file, argv0, ...args] = process.argv
const write = (bytes: Uint8Array): void => void writeSync(1, bytes)
const { exitCode } = await run(readFileSync(file), { argv0, args, stdout: write, stderr: write, features: { threads: true } })
process.exitCode = exitCode
