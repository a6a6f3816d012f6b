/**
 * Rows of the table, reference, structure and array instructions (spec §5.4.4, §5.4.6, §5.4.7).
 * Joined by scripts/gen-instructions.ts.
 */
import { type Row, dynamic, op } from './row.ts'

// oxfmt-ignore
export const referenceRows: readonly Row[] = [
  // Tables (§5.4.4).
  op('table.get', 0x25, 'tableidx', dynamic, 'reference-types'),
  op('table.set', 0x26, 'tableidx', dynamic, 'reference-types'),

  // Bulk operations on tables. `table.copy`: destination, source. `table.init`: segment, table (reversed in the text format).
  op('table.init', 0xfc_000c, 'elemidx tableidx',  dynamic, 'bulk-memory'),
  op('elem.drop',  0xfc_000d, 'elemidx',           dynamic, 'bulk-memory'),
  op('table.copy', 0xfc_000e, 'tableidx tableidx', dynamic, 'bulk-memory'),
  op('table.grow', 0xfc_000f, 'tableidx',          dynamic, 'reference-types'),
  op('table.size', 0xfc_0010, 'tableidx',          dynamic, 'reference-types'),
  op('table.fill', 0xfc_0011, 'tableidx',          dynamic, 'reference-types'),

  // References (§5.4.6).
  op('ref.null',        0xd0, 'heaptype', dynamic,              'reference-types'),
  op('ref.is_null',     0xd1, '',         dynamic,              'reference-types'),
  op('ref.func',        0xd2, 'funcidx',  dynamic,              'reference-types'),
  op('ref.eq',          0xd3, '',         'eqref eqref -> i32', 'gc'),
  op('ref.as_non_null', 0xd4, '',         dynamic,              'function-references'),

  // Structures (§5.4.7).
  op('struct.new',         0xfb_0000, 'typeidx',          dynamic, 'gc'),
  op('struct.new_default', 0xfb_0001, 'typeidx',          dynamic, 'gc'),
  op('struct.get',         0xfb_0002, 'typeidx fieldidx', dynamic, 'gc'),
  op('struct.get_s',       0xfb_0003, 'typeidx fieldidx', dynamic, 'gc'),
  op('struct.get_u',       0xfb_0004, 'typeidx fieldidx', dynamic, 'gc'),
  op('struct.set',         0xfb_0005, 'typeidx fieldidx', dynamic, 'gc'),

  // Arrays. `array.copy`: destination, source.
  op('array.new',         0xfb_0006, 'typeidx',         dynamic,           'gc'),
  op('array.new_default', 0xfb_0007, 'typeidx',         dynamic,           'gc'),
  op('array.new_fixed',   0xfb_0008, 'typeidx u32',     dynamic,           'gc'),
  op('array.new_data',    0xfb_0009, 'typeidx dataidx', dynamic,           'gc'),
  op('array.new_elem',    0xfb_000a, 'typeidx elemidx', dynamic,           'gc'),
  op('array.get',         0xfb_000b, 'typeidx',         dynamic,           'gc'),
  op('array.get_s',       0xfb_000c, 'typeidx',         dynamic,           'gc'),
  op('array.get_u',       0xfb_000d, 'typeidx',         dynamic,           'gc'),
  op('array.set',         0xfb_000e, 'typeidx',         dynamic,           'gc'),
  op('array.len',         0xfb_000f, '',                'arrayref -> i32', 'gc'),
  op('array.fill',        0xfb_0010, 'typeidx',         dynamic,           'gc'),
  op('array.copy',        0xfb_0011, 'typeidx typeidx', dynamic,           'gc'),
  op('array.init_data',   0xfb_0012, 'typeidx dataidx', dynamic,           'gc'),
  op('array.init_elem',   0xfb_0013, 'typeidx elemidx', dynamic,           'gc'),

  // Casts. `ref.test` and `ref.cast` come twice; the second is for `(ref null ht)`, see REF_TEST_NULL and REF_CAST_NULL.
  op('ref.test',        0xfb_0014, 'heaptype',                             dynamic, 'gc'),
  op('ref.test',        0xfb_0015, 'heaptype',                             dynamic, 'gc'),
  op('ref.cast',        0xfb_0016, 'heaptype',                             dynamic, 'gc'),
  op('ref.cast',        0xfb_0017, 'heaptype',                             dynamic, 'gc'),
  op('br_on_cast',      0xfb_0018, 'castflags labelidx heaptype heaptype', dynamic, 'gc'),
  op('br_on_cast_fail', 0xfb_0019, 'castflags labelidx heaptype heaptype', dynamic, 'gc'),

  // Conversions: the nullability of the result follows the operand.
  op('any.convert_extern', 0xfb_001a, '', dynamic, 'gc'),
  op('extern.convert_any', 0xfb_001b, '', dynamic, 'gc'),

  // Unboxed scalars.
  op('ref.i31',   0xfb_001c, '', 'i32 -> (ref i31)', 'gc'),
  op('i31.get_s', 0xfb_001d, '', 'i31ref -> i32',    'gc'),
  op('i31.get_u', 0xfb_001e, '', 'i31ref -> i32',    'gc'),
]
