/**
 * Rows of the control, parametric, exception and stack-switching instructions (spec §5.4.1, §5.4.2).
 * Nearly all are dynamic: their types come from blocks, labels and function types. Joined by scripts/gen-instructions.ts.
 */
import { type Row, dynamic, op } from './row.ts'

// oxfmt-ignore
export const controlRows: readonly Row[] = [
  // Blocks and branches (spec §5.4.2). `else` and `end` are part of the block in the grammar, instructions of their own here.
  op('unreachable', 0x00, '',          dynamic, 'mvp'),
  op('nop',         0x01, '',          '->',    'mvp'),
  op('block',       0x02, 'blocktype', dynamic, 'mvp'),
  op('loop',        0x03, 'blocktype', dynamic, 'mvp'),
  op('if',          0x04, 'blocktype', dynamic, 'mvp'),
  op('else',        0x05, '',          dynamic, 'mvp'),
  op('end',         0x0b, '',          dynamic, 'mvp'),
  op('br',          0x0c, 'labelidx',  dynamic, 'mvp'),
  op('br_if',       0x0d, 'labelidx',  dynamic, 'mvp'),
  op('br_table',    0x0e, 'labels',    dynamic, 'mvp'),
  op('return',      0x0f, '',          dynamic, 'mvp'),

  // Calls (§5.4.2).
  op('call',                 0x10, 'funcidx',          dynamic, 'mvp'),
  op('call_indirect',        0x11, 'typeidx tableidx', dynamic, 'mvp'),
  op('return_call',          0x12, 'funcidx',          dynamic, 'tail-call'),
  op('return_call_indirect', 0x13, 'typeidx tableidx', dynamic, 'tail-call'),
  op('call_ref',             0x14, 'typeidx',          dynamic, 'function-references'),
  op('return_call_ref',      0x15, 'typeidx',          dynamic, 'function-references'),

  // Exceptions (§5.4.2).
  op('throw',     0x08, 'tagidx',            dynamic, 'exceptions'),
  op('throw_ref', 0x0a, '',                  dynamic, 'exceptions'),
  op('try_table', 0x1f, 'blocktype catches', dynamic, 'exceptions'),

  // Legacy exceptions (proposal of 2021). `delegate` ends its `try`; a label of `rethrow` names a `catch`.
  op('try',       0x06, 'blocktype', dynamic, 'legacy-exceptions'),
  op('catch',     0x07, 'tagidx',    dynamic, 'legacy-exceptions'),
  op('rethrow',   0x09, 'labelidx',  dynamic, 'legacy-exceptions'),
  op('delegate',  0x18, 'labelidx',  dynamic, 'legacy-exceptions'),
  op('catch_all', 0x19, '',          dynamic, 'legacy-exceptions'),

  // Parametric (§5.4.1): typed `select` has the same name, see SELECT_T.
  op('drop',   0x1a, '',         dynamic, 'mvp'),
  op('select', 0x1b, '',         dynamic, 'mvp'),
  op('select', 0x1c, 'valtypes', dynamic, 'reference-types'),

  // Branches on references (§5.4.2): `br_on_cast` is with the GC rows.
  op('br_on_null',     0xd5, 'labelidx', dynamic, 'function-references'),
  op('br_on_non_null', 0xd6, 'labelidx', dynamic, 'function-references'),

  // Stack switching (proposal).
  op('cont.new',         0xe0, 'typeidx',                 dynamic, 'stack-switching'),
  op('cont.bind',        0xe1, 'typeidx typeidx',         dynamic, 'stack-switching'),
  op('suspend',          0xe2, 'tagidx',                  dynamic, 'stack-switching'),
  op('resume',           0xe3, 'typeidx handlers',        dynamic, 'stack-switching'),
  op('resume_throw',     0xe4, 'typeidx tagidx handlers', dynamic, 'stack-switching'),
  op('resume_throw_ref', 0xe5, 'typeidx handlers',        dynamic, 'stack-switching'),
  op('switch',           0xe6, 'typeidx tagidx',          dynamic, 'stack-switching'),
]
