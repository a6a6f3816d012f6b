/**
 * Ops in a row that the dispatch loop does in one turn: finding the next op is a third of what an op costs. The code stays as it
 * is, so jumping to the second one needs nothing; which op begins such a row is found when it is linked. Those that the
 * kernels of bench/ and compilers' output spend the most in (src/interp/closure.gen.ts has pairs of its own).
 *
 * `+` two ops that follow each other. `=x` the second one takes what the first has just written as its operand x: it is still
 * written, but the second one need not wait for memory.
 */
export const fusions: readonly string[] = [
  'i32.add_k =a load8_u',
  'i32.add_k =a load32',
  'i32.add_k =a f64.load =b f64.mul',
  'i32.add_k =a f64.load',
  'i32.add_k =a store8_k',
  'i32.add_k =a store32_k',
  'i32.add_k =a br_if_i32_loop',
  'i32.add_k =a br_if_i32.ne_k_loop',
  'i32.add_k + i32.add_k',
  'i32.add =a br_if_i32.lt_u_k_loop',
  'i32.add + return',
  'i32.shl_k =a i32.add_k =a load32',
  'i32.shl_k =a i32.add_k',
  'i32.shl_k =a i32.xor',
  'i32.shr_u_k =a i32.xor',
  'i32.rotl_k =a i32.xor',
  'i32.mul_k =a i32.add_k',
  'i32.mul_k =a i32.add',
  'i64.shr_u_k =a i64.xor =a i64.mul_k',
  'i64.shr_u_k =a i64.xor',
  'i64.xor =a i64.mul_k',
  'mov32 + mov32',
  'mov32 + i32.add_k',
  'mov32 + br_loop',
  'load8_u =a br_if_i32',
  'store8 + i32.add_k',
  'store32 + i32.add_k',
  'f64.mul =b f64.add',
  'f64.add =b f64.add',
  'f32.mul =a f32.add',
]
