// What the page does by itself: keys, views, and the order of the table, which only the page knows.
// Given by the server: source, marks, table, rejected, page, plot, axes, grids, bar, nearby, buttons, note, words.
const byId = (id) => document.getElementById(id)
const viewOf = (model) => Bokeh.index.find_one(model)
const tableView = viewOf(table)
const tabs = [...document.querySelectorAll("[role=tab]")]
const help = byId("help"), large = byId("large")
const PAGE_ROWS = 20

// Rows of the source in the order in which the table shows them.
const order = () => [...tableView.data.index]
const chosen = () => source.selected.indices[0]
const choose = (row) => { if (row !== undefined) source.selected.indices = [row] }

function step(count) {
  const rows = order(), place = rows.indexOf(chosen())
  choose(rows[place < 0 ? 0 : Math.min(Math.max(place + count, 0), rows.length - 1)])
}

function nextUngraded() {
  const rows = order(), mine = source.data.mine, place = rows.indexOf(chosen())
  choose([...rows.slice(place + 1), ...rows.slice(0, place + 1)].find((row) => mine[row] === ""))
}

// Marks that lie upon one another are hit together: the most significant candidate is meant.
function chooseMark() {
  const rows = marks.selected.indices
  if (rows.length === 0) return
  choose(Math.min(...rows))
  marks.selected.indices = []
}

// Tells the server which pictures will be wanted next.
function tellNearby() {
  const rows = order(), place = rows.indexOf(chosen())
  if (place >= 0) nearby.data = { row: [1, 2, -1, 3].map((offset) => rows[place + offset]).filter((row) => row !== undefined) }
}

function showView(number) {
  for (const tab of tabs) {
    const isChosen = tab.id === `tab-${number}`
    tab.setAttribute("aria-selected", isChosen)
    tab.tabIndex = isChosen ? 0 : -1
    byId(tab.getAttribute("aria-controls")).hidden = !isChosen
  }
  // A grid that was hidden while its rows changed shows some of the old ones.
  if (Number(number) === 3) requestAnimationFrame(() => viewOf(rejected).grid.invalidate())
}

function enlarge() {
  const picture = viewOf(page).shadow_el.querySelector("img.page")
  if (picture === null) return
  const shown = large.querySelector("img")
  shown.src = picture.src
  shown.alt = picture.alt
  large.showModal()
}

const press = (model) => viewOf(model).shadow_el.querySelector("button").click()
const enter = (model) => viewOf(model).shadow_el.querySelector("input").focus()
const acts = {
  j: () => step(1), ArrowDown: () => step(1), b: () => step(-1), ArrowUp: () => step(-1),
  PageDown: () => step(PAGE_ROWS), PageUp: () => step(-PAGE_ROWS), Home: () => step(-Infinity), End: () => step(Infinity),
  g: nextUngraded, m: () => enter(note), "/": () => enter(words), f: enlarge, "?": () => help.showModal(),
}
for (const key of Object.keys(buttons)) acts[key] ??= () => press(buttons[key])
for (const number of [1, 2, 3, 4]) acts[number] = () => showView(number)

function onHeading(event, heading) {
  const headings = [...heading.parentNode.querySelectorAll(".slick-header-column")]
  const offset = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (event.key === "Enter" || event.key === " ") heading.click()
  else if (offset !== undefined) headings[headings.indexOf(heading) + offset]?.focus()
  else return false
  return true
}

function onTab(event, tab) {
  const offset = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  const next = tabs[tabs.indexOf(tab) + offset]
  if (next === undefined) return false
  showView(next.id.slice(-1))
  next.focus()
  return true
}

// At the window and before all others: the grid of the table would keep the arrows and even the tabulator for itself.
window.addEventListener("keydown", (event) => {
  if (event.key === "Tab") { event.stopPropagation(); return }
  const target = event.composedPath()[0]
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || large.open) return
  if (target.matches?.("input, select, textarea")) {
    if (event.key === "Escape") target.blur()
    return
  }
  const isDone =
    (target.matches?.(".slick-header-column") && onHeading(event, target)) || (target.matches?.("[role=tab]") && onTab(event, target))
  // A view of words is scrolled by the arrows while it has the focus.
  const isScrolled = target.matches?.("[role=tabpanel]") && /^(Arrow|Page|Home|End)/.test(event.key)
  if (isDone || (!isScrolled && acts[event.key] !== undefined)) {
    if (!isDone) acts[event.key]()
    event.preventDefault()
    event.stopPropagation()
  }
}, true)

window.addEventListener("click", (event) => {
  const target = event.composedPath()[0]
  if (target.matches?.("img.page")) enlarge()
  if (target.dataset?.row !== undefined) choose(Number(target.dataset.row))
})
for (const tab of tabs) tab.addEventListener("click", () => showView(tab.id.slice(-1)))
byId("next").addEventListener("click", nextUngraded)
byId("enlarge").addEventListener("click", enlarge)
byId("help-button").addEventListener("click", () => help.showModal())

// Headings sort by keyboard too: one stop of the tabulator, then arrows.
function openHeadings() {
  for (const view of [tableView, viewOf(rejected)]) {
    const headings = [...view.shadow_el.querySelectorAll(".slick-header-column")]
    headings.forEach((heading, place) => { heading.tabIndex = place === 0 ? 0 : -1 })
    for (const sink of view.shadow_el.querySelectorAll("div[hidefocus]")) sink.tabIndex = -1
  }
}

function paint() {
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches
  const ink = isDark ? "#e8eaee" : "#1a1c20", line = isDark ? "#353a44" : "#d8dce3"
  for (const axis of axes) axis.setv({ axis_label_text_color: ink, major_label_text_color: ink, axis_line_color: ink,
    major_tick_line_color: ink, minor_tick_line_color: ink })
  for (const grid of grids) grid.setv({ grid_line_color: line })
  bar.setv({ title_text_color: ink, major_label_text_color: ink })
  plot.setv({ outline_line_color: line })
}

// The grid does not look at its rows again when only some of their values change.
source.patching.connect(() => tableView.grid.invalidate())
// Who sorts wants to see the first rows, not the place where the chosen one went.
for (const view of [tableView, viewOf(rejected)]) view.grid.onSort.subscribe(() => view.grid.scrollRowToTop(0))
source.selected.properties.indices.change.connect(tellNearby)
marks.selected.properties.indices.change.connect(chooseMark)
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint)
openHeadings()
paint()
tellNearby()
document.documentElement.dataset.ready = "yes"
