/**
 * Rows of the threads proposal (atomic memory instructions), 67 in the order of their opcodes.
 * An atomic access must state exactly its natural alignment. Joined by scripts/gen-instructions.ts.
 */
import { type Row, op } from './row.ts'

// oxfmt-ignore
export const atomicRows: readonly Row[] = [
  // Wait, notify, fence.
  op('memory.atomic.notify', 0xfe_0000, 'memarg/4', 'addr i32 -> i32',     'threads'),
  op('memory.atomic.wait32', 0xfe_0001, 'memarg/4', 'addr i32 i64 -> i32', 'threads'),
  op('memory.atomic.wait64', 0xfe_0002, 'memarg/8', 'addr i64 i64 -> i32', 'threads'),
  op('atomic.fence',         0xfe_0003, 'zero',     '->',                  'threads'),

  // Loads and stores.
  op('i32.atomic.load',     0xfe_0010, 'memarg/4', 'addr -> i32', 'threads'),
  op('i64.atomic.load',     0xfe_0011, 'memarg/8', 'addr -> i64', 'threads'),
  op('i32.atomic.load8_u',  0xfe_0012, 'memarg/1', 'addr -> i32', 'threads'),
  op('i32.atomic.load16_u', 0xfe_0013, 'memarg/2', 'addr -> i32', 'threads'),
  op('i64.atomic.load8_u',  0xfe_0014, 'memarg/1', 'addr -> i64', 'threads'),
  op('i64.atomic.load16_u', 0xfe_0015, 'memarg/2', 'addr -> i64', 'threads'),
  op('i64.atomic.load32_u', 0xfe_0016, 'memarg/4', 'addr -> i64', 'threads'),
  op('i32.atomic.store',    0xfe_0017, 'memarg/4', 'addr i32 ->', 'threads'),
  op('i64.atomic.store',    0xfe_0018, 'memarg/8', 'addr i64 ->', 'threads'),
  op('i32.atomic.store8',   0xfe_0019, 'memarg/1', 'addr i32 ->', 'threads'),
  op('i32.atomic.store16',  0xfe_001a, 'memarg/2', 'addr i32 ->', 'threads'),
  op('i64.atomic.store8',   0xfe_001b, 'memarg/1', 'addr i64 ->', 'threads'),
  op('i64.atomic.store16',  0xfe_001c, 'memarg/2', 'addr i64 ->', 'threads'),
  op('i64.atomic.store32',  0xfe_001d, 'memarg/4', 'addr i64 ->', 'threads'),

  // Read-modify-write: add.
  op('i32.atomic.rmw.add',     0xfe_001e, 'memarg/4', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw.add',     0xfe_001f, 'memarg/8', 'addr i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.add_u',  0xfe_0020, 'memarg/1', 'addr i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.add_u', 0xfe_0021, 'memarg/2', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.add_u',  0xfe_0022, 'memarg/1', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.add_u', 0xfe_0023, 'memarg/2', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.add_u', 0xfe_0024, 'memarg/4', 'addr i64 -> i64', 'threads'),

  // Read-modify-write: sub.
  op('i32.atomic.rmw.sub',     0xfe_0025, 'memarg/4', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw.sub',     0xfe_0026, 'memarg/8', 'addr i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.sub_u',  0xfe_0027, 'memarg/1', 'addr i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.sub_u', 0xfe_0028, 'memarg/2', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.sub_u',  0xfe_0029, 'memarg/1', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.sub_u', 0xfe_002a, 'memarg/2', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.sub_u', 0xfe_002b, 'memarg/4', 'addr i64 -> i64', 'threads'),

  // Read-modify-write: and.
  op('i32.atomic.rmw.and',     0xfe_002c, 'memarg/4', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw.and',     0xfe_002d, 'memarg/8', 'addr i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.and_u',  0xfe_002e, 'memarg/1', 'addr i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.and_u', 0xfe_002f, 'memarg/2', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.and_u',  0xfe_0030, 'memarg/1', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.and_u', 0xfe_0031, 'memarg/2', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.and_u', 0xfe_0032, 'memarg/4', 'addr i64 -> i64', 'threads'),

  // Read-modify-write: or.
  op('i32.atomic.rmw.or',     0xfe_0033, 'memarg/4', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw.or',     0xfe_0034, 'memarg/8', 'addr i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.or_u',  0xfe_0035, 'memarg/1', 'addr i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.or_u', 0xfe_0036, 'memarg/2', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.or_u',  0xfe_0037, 'memarg/1', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.or_u', 0xfe_0038, 'memarg/2', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.or_u', 0xfe_0039, 'memarg/4', 'addr i64 -> i64', 'threads'),

  // Read-modify-write: xor.
  op('i32.atomic.rmw.xor',     0xfe_003a, 'memarg/4', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw.xor',     0xfe_003b, 'memarg/8', 'addr i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.xor_u',  0xfe_003c, 'memarg/1', 'addr i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.xor_u', 0xfe_003d, 'memarg/2', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.xor_u',  0xfe_003e, 'memarg/1', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.xor_u', 0xfe_003f, 'memarg/2', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.xor_u', 0xfe_0040, 'memarg/4', 'addr i64 -> i64', 'threads'),

  // Read-modify-write: xchg.
  op('i32.atomic.rmw.xchg',     0xfe_0041, 'memarg/4', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw.xchg',     0xfe_0042, 'memarg/8', 'addr i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.xchg_u',  0xfe_0043, 'memarg/1', 'addr i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.xchg_u', 0xfe_0044, 'memarg/2', 'addr i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.xchg_u',  0xfe_0045, 'memarg/1', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.xchg_u', 0xfe_0046, 'memarg/2', 'addr i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.xchg_u', 0xfe_0047, 'memarg/4', 'addr i64 -> i64', 'threads'),

  // Read-modify-write: cmpxchg.
  op('i32.atomic.rmw.cmpxchg',     0xfe_0048, 'memarg/4', 'addr i32 i32 -> i32', 'threads'),
  op('i64.atomic.rmw.cmpxchg',     0xfe_0049, 'memarg/8', 'addr i64 i64 -> i64', 'threads'),
  op('i32.atomic.rmw8.cmpxchg_u',  0xfe_004a, 'memarg/1', 'addr i32 i32 -> i32', 'threads'),
  op('i32.atomic.rmw16.cmpxchg_u', 0xfe_004b, 'memarg/2', 'addr i32 i32 -> i32', 'threads'),
  op('i64.atomic.rmw8.cmpxchg_u',  0xfe_004c, 'memarg/1', 'addr i64 i64 -> i64', 'threads'),
  op('i64.atomic.rmw16.cmpxchg_u', 0xfe_004d, 'memarg/2', 'addr i64 i64 -> i64', 'threads'),
  op('i64.atomic.rmw32.cmpxchg_u', 0xfe_004e, 'memarg/4', 'addr i64 i64 -> i64', 'threads'),
]
