#!/usr/bin/python3
"""Makes the pictures beside this file and the pixels expected of them (NAME.npy, uint8, height x width x 3, BGR).

The drawing is synthetic: a colour gradient with four corner marks, so that every turn and mirroring differs. Nothing of
EdgeFace takes part. Who encodes and who says what is expected:
  JPEG            encoded by Pillow and OpenCV, expected pixels decoded by OpenCV (orientation ignored)
  orientation-*   encoded by Pillow with EXIF in its byte order (big endian) and by hand (little endian); expected is the
                  upright drawing itself, and Pillow's exif_transpose must agree here
  PNG             encoded by Pillow, OpenCV and ImageMagick, or by hand; expected pixels are the drawing's own arithmetic
  alpha, gamma    expected pixels by the sRGB transfer function (IEC 61966-2-1), composited on white in linear light
Run with Debian's packages python3-pil, python3-numpy, python3-opencv, imagemagick:
  env -u PYTHONPATH /usr/bin/python3 generate.py
"""
import io
import os
import struct
import subprocess
import zlib

import cv2
import numpy as np
from PIL import Image, ImageOps

os.chdir(os.path.dirname(os.path.abspath(__file__)))
W, H = 45, 29


def drawing(w=W, h=H):
    """RGB: red grows to the right, green downwards, blue along the diagonal; a mark of its own colour in each corner. Odd sides on purpose."""
    y, x = np.mgrid[0:h, 0:w]
    rgb = np.stack([x * 255 // (w - 1), y * 255 // (h - 1), (x + y) * 255 // (w + h - 2)], axis=-1).astype(np.uint8)
    rgb[:8, :8] = (255, 0, 0)
    rgb[:8, -8:] = (0, 255, 0)
    rgb[-8:, :8] = (0, 0, 255)
    rgb[-8:, -8:] = (255, 255, 255)
    return rgb


def expect(name, rgb):
    np.save(name + ".npy", np.ascontiguousarray(rgb[..., ::-1].astype(np.uint8)))


def expect_decoded(name, file):
    bgr = cv2.imread(file, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    np.save(name + ".npy", bgr)


def jpegs():
    rgb = drawing()
    picture = Image.fromarray(rgb)
    picture.save("baseline-444.jpg", quality=92, subsampling=0)
    picture.save("baseline-420.jpg", quality=85, subsampling=2)
    picture.save("baseline-422.jpg", quality=85, subsampling=1)
    picture.save("progressive.jpg", quality=85, progressive=True)
    picture.convert("L").save("grey.jpg", quality=90)
    cv2.imwrite("restart.jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 2, cv2.IMWRITE_JPEG_QUALITY, 80])
    for name in "baseline-444", "baseline-420", "baseline-422", "progressive", "grey", "restart":
        expect_decoded(name, name + ".jpg")
    cmyk()


def cmyk():
    picture = Image.fromarray(drawing()).convert("CMYK")
    picture.save("cmyk.jpg", quality=85)
    data = bytearray(open("cmyk.jpg", "rb").read())
    at = data.index(b"Adobe")
    assert data[at + 11] in (0, 2)
    data[at + 11] = 0
    open("cmyk.jpg", "wb").write(data)
    data[at + 11] = 2  # Adobe's transform flag: YCCK
    open("ycck.jpg", "wb").write(data)


STORED = {  # what a camera stores so that its orientation makes it upright: Pillow's own inverse operations
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def little_endian_exif(orientation):
    """Two entries before the one that counts, as cameras write them."""
    make = struct.pack("<HHI4s", 0x010F, 2, 4, b"abc\0")
    bits = struct.pack("<HHIHH", 0x0110, 3, 1, 7, 0)
    turn = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\0" + struct.pack("<IH", 8, 3) + make + bits + turn + struct.pack("<I", 0)


def with_app1(jpeg, tiff):
    segment = b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(tiff)) + b"Exif\0\0" + tiff
    return jpeg[:2] + segment + jpeg[2:]


def orientations():
    upright = Image.fromarray(drawing())
    expect("orientation", drawing())
    for orientation, inverse in STORED.items():
        stored = upright if inverse is None else upright.transpose(inverse)
        exif = Image.Exif()
        exif[0x0112] = orientation
        assert exif.tobytes()[6:8] == b"MM"
        name = f"orientation-{orientation}-big.jpg"
        stored.save(name, quality=98, subsampling=0, exif=exif)
        plain = io.BytesIO()
        stored.save(plain, "JPEG", quality=98, subsampling=0)
        little = f"orientation-{orientation}-little.jpg"
        open(little, "wb").write(with_app1(plain.getvalue(), little_endian_exif(orientation)))
        for file in name, little:
            agreed = np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB")).astype(int)
            assert np.abs(agreed - drawing()).mean() < 6, file
    turned = upright.transpose(STORED[6])
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save("orientation-6.png", exif=exif)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, kind, rows, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def scanlines(array):
    return b"".join(b"\0" + row.tobytes() for row in array)


def pngs():
    rgb = drawing()
    grey = rgb[..., 0]
    Image.fromarray(rgb).save("rgb.png")
    expect("rgb", rgb)
    Image.fromarray(grey).save("grey.png")
    expect("grey-png", np.repeat(grey[..., None], 3, axis=2))
    Image.fromarray((grey > 127).astype(np.uint8) * 255).convert("1").save("bilevel.png")
    expect("bilevel", np.repeat(((grey > 127) * 255)[..., None], 3, axis=2))
    subprocess.run(["convert", "rgb.png", "-interlace", "PNG", "-strip", "-define", "png:color-type=2", "interlaced.png"], check=True)
    assert open("interlaced.png", "rb").read()[28] == 1
    expect("interlaced", rgb)

    wide = rgb.astype(np.uint16) * 257
    cv2.imwrite("rgb16.png", wide[..., ::-1])
    assert open("rgb16.png", "rb").read()[24] == 16
    expect("rgb16", rgb)
    subprocess.run(["convert", "rgb16.png", "-interlace", "PNG", "-strip", "-define", "png:format=png48", "interlaced16.png"], check=True)
    assert open("interlaced16.png", "rb").read()[24:29] == b"\x10\x02\0\0\1"
    cv2.imwrite("grey16.png", wide[..., 0])
    expect("grey16", np.repeat(grey[..., None], 3, axis=2))

    indices = (np.mgrid[0:H, 0:W].sum(axis=0) // 8) % 7
    colors = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [250, 240, 10], [12, 200, 190], [77, 88, 99]], np.uint8)
    indexed = Image.fromarray(indices.astype(np.uint8), "P")
    indexed.putpalette(colors.tobytes())
    indexed.save("palette.png")
    expect("palette", colors[indices])
    indexed.save("palette-transparent.png", transparency=2)
    shown = colors.copy()
    shown[2] = 255
    expect("palette-transparent", shown[indices])

    frames = [Image.fromarray(rgb), Image.fromarray(255 - rgb)]
    frames[0].save("animated.png", save_all=True, append_images=frames[1:], duration=100)
    assert b"acTL" in open("animated.png", "rb").read()
    expect("animated", rgb)


def srgb(linear):
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def on_white(value, alpha):
    """sRGB over white, composited in linear light."""
    value, alpha = value / 255.0, alpha / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return srgb(linear * alpha + (1 - alpha))


def gamma():
    rgb = drawing()
    linear = chunk(b"gAMA", struct.pack(">I", 100000))
    open("linear.png", "wb").write(png(W, H, 8, 2, scanlines(rgb), linear))
    expect("linear", srgb(rgb / 255.0))


def alpha():
    rgb = drawing()
    cover = np.zeros((H, W), np.uint8)
    cover[:, W // 3:] = 128
    cover[:, 2 * W // 3:] = 255
    open("rgba.png", "wb").write(png(W, H, 8, 6, scanlines(np.dstack([rgb, cover]))))
    expect("rgba", on_white(rgb, cover[..., None]))
    grey = rgb[..., 1]
    open("grey-alpha.png", "wb").write(png(W, H, 8, 4, scanlines(np.dstack([grey, cover]))))
    subprocess.run(["convert", "grey-alpha.png", "-interlace", "PNG", "-strip", "-define", "png:color-type=4", "grey-alpha-interlaced.png"], check=True)
    assert open("grey-alpha-interlaced.png", "rb").read()[24:29] == b"\x08\x04\0\0\1"
    expect("grey-alpha", np.repeat(on_white(grey, cover)[..., None], 3, axis=2))


jpegs()
orientations()
pngs()
gamma()
alpha()
