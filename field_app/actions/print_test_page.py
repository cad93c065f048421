"""The printer's test page: rulers and a frame to measure its offset by, and every shipped face."""

from io import BytesIO
from typing import Any

from field_app.actions.print_profiles import PrinterProfile
from field_app.documents.fonts import Face

_MM = 72 / 25.4
_WIDE, _HIGH = 210, 297
_FRAME = 10
_RULER = 100
_FACES = ((Face.SERIF, "宋体"), (Face.SERIF_BOLD, "标题宋体"), (Face.SANS, "黑体"),
          (Face.SANS_BOLD, "粗黑体"), (Face.KAI, "楷体"), (Face.FANG, "仿宋"))
_SAMPLE = "责令限期整改 壹贰叁肆伍陆柒捌玖拾 0123456789 〔2026〕号"
_STEPS = (
    "一、内框离纸的四边各10毫米。用直尺量左边线和上边线到纸边的距离。",
    "二、左边量得的比10毫米多几毫米，就在设置中把“左右”减去几毫米；少几毫米就加上几毫米。",
    "三、上边同样：比10毫米多的，把“上下”减去；少的加上。保存后再印一张核对。",
    "四、量横尺和竖尺，都应为100毫米；不是的，请在打印机上关闭“缩放”或“适合页面”。",
    "五、四边有线印不全的，是打印机的不可打印区域，请换用页边较小的打印机。")


def test_page(printer: str, profile: PrinterProfile) -> bytes:
    """One A4 sheet; the same input gives the same bytes. ``profile`` is told, not yet applied."""
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    from field_app.documents.embedding import registered

    buffer = BytesIO()
    first: Any = registered(Face.SERIF)
    canvas = Canvas(buffer, pagesize=(_WIDE * mm, _HIGH * mm), invariant=1, pageCompression=1,
                    lang="zh-CN", initialFontName=first)
    canvas.setTitle("打印测试页")
    _frame(canvas)
    _ruler(canvas, 55, 212, across=True)
    _ruler(canvas, 25, 150, across=False)
    _write(canvas, 105, 272, "打印测试页", Face.SERIF_BOLD, 22, middle=True)
    _write(canvas, 105, 262, printer[:60], Face.SANS, 12, middle=True)
    _write(canvas, 105, 255, f"现在的偏移：{profile.words or '没有偏移'}", Face.SANS, 10.5, middle=True)
    for n, words in enumerate(_STEPS):
        _write(canvas, 22, 244 - n * 6, words, Face.SERIF, 9.5)
    for n, (face, name) in enumerate(_FACES):
        _write(canvas, 55, 190 - n * 13, name, Face.SANS, 9)
        _write(canvas, 75, 190 - n * 13, _SAMPLE, face, 12)
    _greys(canvas)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _write(canvas: Any, x: float, y: float, text: str, face: Face, size: float, *,
           middle: bool = False) -> None:
    from field_app.documents.embedding import registered

    canvas.setFont(registered(face), size)
    draw = canvas.drawCentredString if middle else canvas.drawString
    draw(x * _MM, y * _MM, text)


def _frame(canvas: Any) -> None:
    canvas.setLineWidth(0.3)
    for inset in (5, _FRAME):
        canvas.rect(inset * _MM, inset * _MM, (_WIDE - 2 * inset) * _MM,
                    (_HIGH - 2 * inset) * _MM)
    _write(canvas, _FRAME + 1, _FRAME + 1, "内框：离纸边10毫米", Face.SANS, 7)
    _write(canvas, 6, 6, "外框：离纸边5毫米", Face.SANS, 7)


def _ruler(canvas: Any, x: float, y: float, *, across: bool) -> None:
    """A hundred millimetres, a stroke each."""
    canvas.setLineWidth(0.25)
    for at in range(_RULER + 1):
        length = 6 if at % 10 == 0 else 4 if at % 5 == 0 else 2.5
        x1, y1 = (x + at, y) if across else (x, y - at)
        x2, y2 = (x1, y1 - length) if across else (x1 + length, y1)
        canvas.line(x1 * _MM, y1 * _MM, x2 * _MM, y2 * _MM)
        if at % 10 == 0:
            _write(canvas, x2 if across else x2 + 4, y2 - 3 if across else y2 - 1, str(at),
                   Face.SANS, 7, middle=True)


def _greys(canvas: Any) -> None:
    for n in range(10):
        canvas.setFillGray(n / 10)
        canvas.rect((55 + n * 10) * _MM, 60 * _MM, 10 * _MM, 10 * _MM, stroke=0, fill=1)
    canvas.setFillGray(0)
    _write(canvas, 55, 54, "从左到右应由黑渐浅，各格可分；有断线的请清洗打印头。", Face.SERIF, 9.5)
