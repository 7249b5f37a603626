const SVG = 'http://www.w3.org/2000/svg'

/** The service's drawing as elements of our own: no markup of an answer becomes part of the page. */
export function drawQr(svg: string, label: string): SVGElement {
  const root = document.createElementNS(SVG, 'svg')
  root.setAttribute('viewBox', /viewBox="([\d. ]+)"/.exec(svg)?.[1] ?? '0 0 1 1')
  root.setAttribute('role', 'img')
  root.setAttribute('aria-label', label)
  for (const [, d = ''] of svg.matchAll(/<path [^>]*?d="([\w. ,-]+)"/g)) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', d)
    root.append(path)
  }
  return root
}
