// yoga: layouts by flexbox; Emscripten with embind, whose callbacks go from Wasm to JS and back.
import Yoga, { Direction, Edge, FlexDirection, Justify, MeasureMode } from 'yoga-layout'

const root = Yoga.Node.create()
root.setFlexDirection(FlexDirection.Row)
root.setJustifyContent(Justify.SpaceBetween)
root.setWidth(300)
root.setHeight(100)
root.setPadding(Edge.All, 7)
for (let i = 0; i < 4; i++) {
  const child = Yoga.Node.create()
  child.setMargin(Edge.Left, i)
  if (i % 2 === 0) child.setFlexGrow(1 + i)
  else child.setMeasureFunc((width, mode) => ({ width: mode === MeasureMode.Exactly ? width : 31.5, height: 10 }))
  root.insertChild(child, i)
}
root.calculateLayout(undefined, undefined, Direction.LTR)
console.log(root.getComputedLayout())
for (let i = 0; i < 4; i++) console.log(root.getChild(i).getComputedLayout())
root.freeRecursive()
