"""Draws one page of a PDF: the file on standard input, the count of pages and a PNG on standard
output. A process of its own, so that a hostile file meets no key and little memory."""

import io
import sys

WIDTH = 1000
MAX_HEIGHT = 4000
_MEMORY = 1 << 30
_SECONDS = 15


def _bounded() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))


def draw(pdf: bytes, number: int) -> tuple[int, bytes]:
    """Pages of ``pdf``, and page ``number`` (from 1) as PNG, nothing for 0; ``ValueError`` when there is none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
        count = len(document)
        if number == 0:
            return count, b""
        if not 1 <= number <= count:
            raise ValueError("no such page")
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(WIDTH / max(1.0, width), MAX_HEIGHT / max(1.0, height))
        out = io.BytesIO()
        page.render(scale=scale).to_pil().save(out, "PNG", compress_level=3)
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error
    return count, out.getvalue()


def main(arguments: list[str]) -> int:
    """``python -m field_app.headquarters.console.draw PAGE``."""
    _bounded()
    try:
        count, png = draw(sys.stdin.buffer.read(), int(arguments[0]))
    except ValueError:
        return 1
    sys.stdout.buffer.write(f"{count}\n".encode() + png)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
