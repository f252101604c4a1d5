// Boxes around the faces, drawn over the video as SVG in the pixels of the frame that was read.

const SVG = "http://www.w3.org/2000/svg"

export default class FaceOverlay {
  constructor(svg) {
    this.svg = svg
  }

  // faces: [{box: [x, y, width, height]}]; the first is the one that is read. size: [width, height] of the frame.
  show(faces, [width, height]) {
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    while (this.svg.children.length > faces.length) this.svg.lastElementChild.remove()
    while (this.svg.children.length < faces.length) this.svg.append(document.createElementNS(SVG, "rect"))
    faces.forEach((face, i) => place(this.svg.children[i], face.box, i === 0))
  }

  clear() {
    this.svg.replaceChildren()
  }
}

function place(rect, [x, y, width, height], isRead) {
  rect.toggleAttribute("data-read", isRead)
  const values = { x, y, width, height, rx: 0.06 * width }
  for (const [name, value] of Object.entries(values)) rect.setAttribute(name, value)
}
