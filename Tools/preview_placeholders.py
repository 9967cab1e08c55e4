"""Draws the pictures that are shown where there is no preview, into Sources/Node/Previews/Images.

usage: Tools/preview_placeholders.py   (needs Pillow, and Debian's fonts-dejavu-core)
"""
import pathlib

from PIL import Image, ImageDraw, ImageFont

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "Sources/Node/Previews/Images"
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
SIZE, SCALE = (700, 400), 4
PAPER, BEAM, INK = "#eef1f4", "#b3c4c8", "#66727f"
TEXTS = {
    "no_preview": "No preview yet",
    "preview_401": "You may not see this project",
    "preview_404": "There is no such thing here",
    "preview_error": "The preview could not be made",
}
# The house of the pages: a roof, two walls and the tie beam between them, in a field of 44.
LINES = [[(5, 22), (22, 7), (39, 22)], [(10, 19), (10, 37)], [(34, 19), (34, 37)], [(10, 28), (34, 28)]]


def draw(text):
    width, height = (side * SCALE for side in SIZE)
    image = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(image)
    unit = 2.6 * SCALE
    left, top = width / 2 - 22 * unit, height * 0.24
    for line in LINES:
        pen.line([(left + x * unit, top + y * unit) for x, y in line], fill=BEAM, width=round(3.5 * unit), joint="curve")
    pen.text((width / 2, height * 0.68), text, fill=INK, font=ImageFont.truetype(FONT, 20 * SCALE), anchor="mm")
    return image.resize(SIZE, Image.Resampling.LANCZOS).quantize(32)


if __name__ == "__main__":
    for name, text in TEXTS.items():
        draw(text).save(FOLDER / f"{name}.png", optimize=True)
