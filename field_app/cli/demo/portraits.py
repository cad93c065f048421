"""Portraits for the training officers' cards: drawn figures, nobody's face."""

import io

_SIDE = (358, 441)  # of a photo on an enforcement certificate, in proportion
_LOOKS = (((63, 98, 152), (236, 203, 178), (38, 34, 36)), ((86, 110, 96), (226, 190, 163), (58, 50, 46)))


def portrait(number: int) -> bytes:
    """A head, shoulders and a uniform as JPEG; the same bytes for the same number."""
    from PIL import Image, ImageDraw

    ground, skin, hair = _LOOKS[number % len(_LOOKS)]
    picture = Image.new("RGB", _SIDE, ground)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((44, 310, 314, 520), 90, fill=(28, 44, 74))
    draw.polygon([(145, 316), (179, 372), (213, 316)], fill=(236, 240, 246))
    draw.polygon([(173, 330), (185, 330), (192, 400), (166, 400)], fill=(44, 62, 100))
    draw.rectangle((152, 268, 206, 330), fill=tuple(max(0, c - 16) for c in skin))
    draw.ellipse((102, 92, 256, 302), fill=skin)
    draw.pieslice((92, 66, 266, 262), 180, 360, fill=hair)
    draw.rectangle((92, 150, 116, 206), fill=hair)
    draw.rectangle((242, 150, 266, 206), fill=hair)
    for left in (138, 198):
        draw.ellipse((left, 190, left + 20, 200), fill=(46, 40, 40))
    draw.arc((150, 224, 208, 262), 30, 150, fill=(150, 92, 84), width=4)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=88)
    return data.getvalue()
