"""The words by which mail programs introduce what they quote, and sign: data, and functions that recognise them."""

import re
from functools import cache

from mailparser_reply.parser import EmailMessage as KnownHeaders

MAX_INTRODUCTION, INTRODUCTION_LINES = 300, 3
MAX_SIGNED = 120  # characters of a line such as "Sent from my phone"
_HEADER_LINES = 7  # of a mail's header as it is repeated
# languages of the library whose words are not among ours; its patterns of others also match what people write
_FURTHER = ["cs", "da", "ko", "sv"]

_WROTE = re.compile(
    r"\b(?:wrote|schrieb|geschrieben|a écrit|escribió|ha scritto|escreveu|schreef|geschreven|napisał|napisała|pisze"
    r"|написал|написала|пишет|escribi[oó]|skrev|kirjoitti|napsal|yazdı)\b|写道|寫道|写到|のメール|书写|كتب|كتابة",
    re.IGNORECASE,
)
_PRZEZ = re.compile(r"^Wiadomość napisana przez\b")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|(?:19|20)\d\d年|\b\d{1,2}[./-]\d{1,2}[./-]\d{2}\b|٢٠\d\d")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_ADDRESS = re.compile(r"[<(]\W{0,3}(?:mailto:)?[^\s<>()@]{1,200}@[^\s<>()@]{1,200}[>)]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_FROM = r"From|Von|De|Da|Van|Od|От|发件人|寄件者|差出人|من|Fra|Från|Lähettäjä|Kimden"
_OTHERS = (
    r"Sent|Date|To|Cc|Subject|Reply-To|Gesendet|Datum|An|Betreff|Envoyé|Date|À|A|Objet|Enviado(?: el)?|Enviada em|Fecha"
    r"|Para|Asunto|Assunto|Data|Inviato|Oggetto|Verzonden|Aan|Onderwerp|Wysłan[oea]|Do|DW|Temat|Отправлено|Дата|Кому"
    r"|Копия|Тема|发送时间|日期|时间|收件人|抄送|主题|送信日時|日付|日時|宛先|件名|تم الإرسال|أرسلت|التاريخ|إلى|الموضوع|نسخة"
    r"|Sendt|Til|Emne|Skickat|Till|Ämne"
)
_FROM_FIELD = re.compile(rf"^[*_\s]{{0,3}}(?:{_FROM})[*_]{{0,2}}[ \u00a0]?[:：][*_]{{0,2}}(?:\s|$)", re.IGNORECASE)
_OTHER_FIELD = re.compile(rf"^[*_\s]{{0,3}}(?:{_OTHERS})[*_]{{0,2}}[ \u00a0]?[:：][*_]{{0,2}}(?:\s|$)", re.IGNORECASE)
_RULE = re.compile(r"^\s{0,3}[_-]{5,}\s*$")
_HEADING = re.compile(
    r"^\s{0,3}[-_]{4,} ?[^\W\d_][^\n]{2,50}[^\W_] ?[-_]{4,}\s*$"
    r"|^\s*(?:Original Message|Ursprüngliche Nachricht|Message d['’]origine|Mensaje original|Messaggio originale"
    r"|Mensagem original|Oorspronkelijk bericht|Wiadomość oryginalna|Исходное сообщение|原始邮件|元のメッセージ)\s*$",
    re.IGNORECASE,
)
_BETWEEN_HYPHENS = re.compile(r"^\s?-{3,} .* -{3,}$")

_SIGNED = re.compile(
    r"^(?:Sent (?:from|with|via|by)|Get|Gesendet (?:von|mit)|Von meine[mr]|Diese Nachricht wurde|Holen Sie sich"
    r"|Envoyé (?:de|depuis|à partir|avec)|Obtenir|Télécharge[rz]|Enviad[oa] (?:desde|do|da|a partir|con|com|pelo)|Obtener"
    r"|Obter|Obtenha|Inviato (?:da|dal|con)|Ottieni|Scarica|Verstuurd|Verzonden|Download|Wysłan[eoya]|Pobierz"
    r"|Отправлено|Скачайте|Послано|发自|發自|来自|從我的|从我的|获取|取得|أُرسلت|أرسلت|تم الإرسال|احصل على|Sendt fra|Skickat från)",
    re.IGNORECASE,
)
_SIGNED_AT_THE_END = re.compile(
    r"(?:gesendet|beziehen|downloaden|から送信|を入手|发送|發送)\W*(?:<[^<>]*>)?\W*$", re.IGNORECASE
)
_PRODUCT = re.compile(
    r"iPhone|iPad|\biOS\b|\bMac\b|Galaxy|Samsung|Android|Outlook|Yahoo|Proton|Gmail|GMX|WEB\.DE|Mail\.ru|Яндекс|Yandex"
    r"|\bQQ|网易|Huawei|Xiaomi|Redmi|OnePlus|Pixel|Nokia|Motorola|\bSony|BlackBerry|Windows|Thunderbird|K-9|FairEmail"
    r"|[Ss]martphone|Handy|téléphone|teléfono|telefono|telefoon|telefonu|телефона|手机|\bphone\b|\bmobile\b|\btablet\b"
)


def may_introduce(line: str) -> bool:
    """Whether a line ends as the last one of an introduction does."""
    return line.endswith((":", "：")) or _BETWEEN_HYPHENS.match(line[: 2 * MAX_INTRODUCTION]) is not None


def introduces(words: str, *, is_quoted_below: bool) -> bool:
    """Whether a line, or a few joined, is like "On Monday, 30 November 2026 at 18:47, Anna wrote:".

    A program that does not mark what it quotes names the address; people who write such a line do not.
    """
    line = _INVISIBLE.sub("", words).strip()
    if len(line) > MAX_INTRODUCTION or not may_introduce(line):
        return False
    if not (is_quoted_below or _ADDRESS.search(line)):
        return False
    if _DATE.search(line) and _TIME.search(line) and (_WROTE.search(line) or _ADDRESS.search(line[-120:])):
        return True
    return _PRZEZ.search(line) is not None or (is_quoted_below and _is_known(line))


def is_header(lines: list[str]) -> bool:
    """Whether lines begin with the header of a mail as Outlook and phones repeat it above what they quote."""
    block = [_INVISIBLE.sub("", line)[:MAX_INTRODUCTION] for line in lines[:_HEADER_LINES]]
    until = next((number for number, line in enumerate(block) if not line.strip()), len(block))
    first = 1 if until > 1 and _OTHER_FIELD.match(block[0]) else 0  # GMX begins with the date
    if first >= until or not _FROM_FIELD.match(block[first]):
        return False
    return sum(_OTHER_FIELD.match(line) is not None for line in block[:until]) >= 2


def is_rule(line: str) -> bool:
    """Whether a line is one of underscores or hyphens alone."""
    return _RULE.match(line[:MAX_INTRODUCTION]) is not None


def is_heading(line: str) -> bool:
    """Whether a line is like "-----Original Message-----"."""
    return len(line) <= MAX_SIGNED and _HEADING.match(line) is not None


def is_signed_by_program(line: str) -> bool:
    """Whether a line says from which device or program a mail was sent."""
    words = _INVISIBLE.sub("", line).strip(" \t*_[]")
    if len(words) > MAX_SIGNED or not _PRODUCT.search(words):
        return False
    return (_SIGNED.match(words) or _SIGNED_AT_THE_END.search(words)) is not None


def _is_known(line: str) -> bool:
    match = _known_headers().HEADER_REGEX.match(line)
    return match is not None and match.end() == len(line)


@cache
def _known_headers() -> KnownHeaders:
    return KnownHeaders(text="", languages=list(_FURTHER), include_english=False)
