"""Measure the contrast of text as it is drawn, after WCAG 2."""

from __future__ import annotations

from playwright.sync_api import Locator

# A colour may be translucent, so every background up to the first opaque one counts.
MEASURE = """root => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const layers = element => {
        const found = [];
        for (let at = element; at; at = at.parentElement)
            found.push(getComputedStyle(at).backgroundColor);
        return found.reverse();
    };
    const paint = colours => {
        canvas.globalAlpha = 1;
        for (const colour of ["white", ...colours]) {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
        }
        return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    };
    const linear = part => part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([red, green, blue]) =>
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    const own = element => element.matches("textarea")
        ? element.value
        : [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
            .map(node => node.data).join("");
    return [root, ...root.querySelectorAll("*")]
        .filter(element => own(element).trim() && element.checkVisibility()
            && !element.matches("style, option"))
        .map(element => {
            const behind = layers(element);
            const colours = [behind, [...behind, getComputedStyle(element).color]].map(paint);
            const [dark, light] = colours.map(luminance).sort((one, other) => one - other);
            const text = own(element).trim().slice(0, 40);
            return {text, contrast: (light + 0.05) / (dark + 0.05)};
        });
}"""


def contrasts(shown: Locator) -> dict[str, float]:
    """Return the contrast of every piece of visible text, the least for equal texts."""
    found: dict[str, float] = {}
    for piece in shown.evaluate(MEASURE):
        found[piece["text"]] = min(piece["contrast"], found.get(piece["text"], 21.0))
    return found
