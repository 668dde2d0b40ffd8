// What can be scrolled can be scrolled by the keyboard too.
function reach() {
  for (const each of document.querySelectorAll("pre > code, .md-typeset__scrollwrap"))
    if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
}
for (const event of ["load", "resize"]) addEventListener(event, () => requestAnimationFrame(reach));
