"""Bytes → text: whether they are text at all, in which encoding."""

import codecs
import re

import charset_normalizer
import ftfy
from bs4.dammit import EncodingDetector

# Labels the web declares but means something else by (WHATWG encoding standard), so that 0x92 is an apostrophe.
WHATWG = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "shift_jis": "cp932",
}
C1 = re.compile(r"[\x80-\x9f]")
MOJIBAKE = re.compile("[ÂÃâð][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
ODD = re.compile(rb"\xc2[\x80-\x9f]|\xc3[\x82\x83\xa2\xb0]")  # how either begins in UTF-8; bytes are searched faster
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def binary(data: bytes) -> str | None:
    """What kind of binary it looks like; None for text. A few stray NULs in a page are forgiven."""
    if utf16(data):
        return None
    for magic, label in {b"%PDF-": "a PDF", b"\x89PNG": "an image", b"\xff\xd8\xff": "an image", b"GIF8": "an image",
                         b"PK\x03\x04": "a zip archive or office document", b"\x7fELF": "a program"}.items():  # fmt: skip
        if data.startswith(magic):
            return label
    sample = data[:65536]
    odd = len(CONTROLS.findall(sample))
    return f"binary data ({odd} control characters in {len(sample)} bytes)" if odd > len(sample) * 0.02 + 1 else None


def utf16(data: bytes) -> str | None:
    """The UTF-16 or UTF-32 codec the bytes are in: by mark, or by every other byte being NUL."""
    for mark, codec in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
                        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if data.startswith(mark):
            return codec
    sample = data[:2000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(sample) > 8 and max(even, odd) > len(sample) * 0.35 and min(even, odd) < len(sample) * 0.05:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def decode(data: bytes, charset: str | None = None) -> str:
    """Text of the bytes. Never fails: what no encoding explains becomes U+FFFD.

    UTF-8 that decodes is UTF-8 whatever the page declares; else the encoding the server (`charset`) or the page declares,
    read as browsers read it; else
    the detector's best guess. Text encoded twice is repaired line by line (ftfy), so one bad post does not decide for all.
    """
    wide, odd = utf16(data), True
    if wide:
        text = data.decode(wide, "replace")
    else:
        data = data.removeprefix(codecs.BOM_UTF8)
        try:
            # not final: a page cut in the middle of a character is still UTF-8
            text = codecs.getincrementaldecoder("utf-8")().decode(data)
            odd = ODD.search(data) is not None
        except UnicodeDecodeError:
            text = data.decode(known_codec(charset) or declared(data) or detected(data), "replace")
    if odd and C1.search(text):  # cp1252's quotes and dashes carried over as code points; browsers read `&#146;` so too
        text = C1.sub(lambda m: m[0].encode("latin-1").decode("cp1252", "ignore"), text)
    text = text.removeprefix("\ufeff")
    if "\r" in text or "\x00" in text:
        text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    if odd and MOJIBAKE.search(text):
        text = "\n".join(ftfy.fix_encoding(s) if MOJIBAKE.search(s) else s for s in text.split("\n"))
    return text


def declared(data: bytes) -> str | None:
    """The codec the page's head declares, see `known_codec`."""
    return known_codec(EncodingDetector.find_declared_encoding(data[:4096], is_html=True))


def known_codec(label: str | None) -> str | None:
    """The codec a label means to browsers; None where none, unknown, or UTF-8 (which failed)."""
    try:
        codec = codecs.lookup(label).name if label else ""
        b"".decode(codec)  # Python also has codecs that are no text encoding
    except (LookupError, UnicodeError):
        return None
    if codec.startswith("utf") or codec in ("idna", "punycode", "unicode_escape", "raw_unicode_escape"):
        return None
    return WHATWG.get(codec, codec)


def detected(data: bytes) -> str:
    """The likeliest codec of undeclared bytes; cp1252, the web's commonest, where the detector has no opinion."""
    sample = b"\n".join(line for line in data[: 2**20].split(b"\n") if not line.isascii())[:20000]
    best = charset_normalizer.from_bytes(sample, cp_exclusion=["utf_7"]).best() if len(sample) > 200 else None
    codec = codecs.lookup(best.encoding).name if best else "cp1252"
    return WHATWG.get(codec, codec)
