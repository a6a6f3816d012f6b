// wabt: C++ through Emscripten, with exceptions.
import initWabt from 'wabt'

const wabt = await initWabt()
const module = wabt.parseWat('a.wat', '(module (func (export "f") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3))))')
const { buffer } = module.toBinary({ write_debug_names: true })
console.log(Buffer.from(buffer).toString('hex'))
const again = wabt.readWasm(buffer, { readDebugNames: true })
again.applyNames()
console.log(again.toText({ foldExprs: true, inlineExport: true }))
try {
  wabt.parseWat('b.wat', '(module (func (i32.wrong)))')
} catch (error) {
  console.log(error.message)
}
