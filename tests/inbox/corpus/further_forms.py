"""Programs of single languages and of few users, written when both other parts were taken apart exactly."""

from collections.abc import Callable
from email.message import EmailMessage

from tests.inbox.corpus.building import BOTTOM, INLINE, SIGNATURE, TOP, Form, inline, original, quoted
from tests.inbox.corpus.late_forms import plain
from tests.inbox.corpus.texts import Texts

BY = "Anna Berg <anna@talk.example>"
# program: language, and the line above what it quotes with ">"
MARKED = {
    "mutt": {
        "en": "On Mon, Nov 30, 2026 at 06:47:12PM +0100, Anna Berg wrote:",
        "de": "* Anna Berg <anna@talk.example> [2026-11-30 18:47:12 +0100]:",
    },
    "Evolution": {
        "en": "On Mon, 2026-11-30 at 18:47 +0100, Anna Berg wrote:",
        "de": "Am Montag, dem 30.11.2026 um 18:47 +0100 schrieb Anna Berg:",
        "fr": "Le lundi 30 novembre 2026 à 18:47 +0100, Anna Berg a écrit :",
        "es": "El lun, 30-11-2026 a las 18:47 +0100, Anna Berg escribió:",
    },
    "KMail": {
        "en": "On Monday, November 30, 2026 6:47:12\u202fPM Central European Standard Time Anna Berg wrote:",
        "de": "Am Montag, 30. November 2026, 18:47:12 Mitteleuropäische Normalzeit schrieb Anna Berg:",
    },
    "Roundcube": {
        "en": "On 2026-11-30 18:47, Anna Berg wrote:",
        "de": "Am 2026-11-30 18:47, schrieb Anna Berg:",
        "fr": "Le 2026-11-30 18:47, Anna Berg a écrit :",
        "pl": "W dniu 2026-11-30 18:47, Anna Berg napisał(a):",
        "it": "Il 2026-11-30 18:47 Anna Berg ha scritto:",
    },
    "Fastmail": {"en": "On Mon, 30 Nov 2026, at 6:47 PM, Anna Berg wrote:"},
    "Mail.ru": {"ru": "Понедельник, 30 ноября 2026, 18:47 +03:00 от Anna Berg <anna@talk.example>:"},
    "Yandex": {"ru": '30.11.2026, 18:47, "Anna Berg" <anna@talk.example>:'},
    "NetEase": {"zh": 'At 2026-11-30 18:47:12, "Anna Berg" <anna@talk.example> wrote:'},
    "Zoho": {"en": " ---- On Mon, 30 Nov 2026 18:47:12 +0100 Anna Berg <anna@talk.example> wrote ---"},
    "Becky": {"ja": "On Mon, 30 Nov 2026 18:47:12 +0900\nAnna Berg <anna@talk.example> wrote:"},
}
# program: language, and the lines above what it repeats without marks
BELOW = {
    "GMX": {
        "de": f"Gesendet: Montag, 30. November 2026 um 18:47 Uhr\nVon: {BY}\nAn: bo@mail.example\nBetreff: Re: Lamps"
    },
    "QQ": {
        "zh": '------------------ 原始邮件 ------------------\n发件人: "Anna Berg" <anna@talk.example>;\n发送时间: 2026年11月30日(星期一) 晚上6:47\n收件人: "bo"<bo@mail.example>;\n主题: Re: Lamps'
    },
    "Huawei": {
        "zh": f"-------- 原始邮件 --------\n发件人： {BY}\n日期： 2026年11月30日周一 18:47\n收件人： bo@mail.example\n主 题： Re: Lamps"
    },
    "Orange": {
        "fr": f"> Message du 30/11/26 18:47\n> De : {BY}\n> A : bo@mail.example\n> Copie à : \n> Objet : Re: Lamps\n> "
    },
    "Windows Mail": {
        "en": f"Sent from Mail for Windows\n\nFrom: {BY}\nSent: Monday, November 30, 2026 6:47 PM\nTo: bo@mail.example\nSubject: Re: Lamps",
        "de": f"Gesendet von Mail für Windows\n\nVon: {BY}\nGesendet: Montag, 30. November 2026 18:47\nAn: bo@mail.example\nBetreff: Re: Lamps",
    },
    "BlackBerry": {
        "en": f"Sent from my BlackBerry 10 smartphone.\n  Original Message  \nFrom: {BY}\nSent: Monday, November 30, 2026 6:47 PM\nTo: bo@mail.example\nSubject: Re: Lamps"
    },
    "Outlook for Mac": {
        "en": f'\nFrom: {BY}\nDate: Monday, November 30, 2026 at 18:47\nTo: "bo@mail.example" <bo@mail.example>\nSubject: Re: Lamps',
        "es": f"\nDe: {BY}\nFecha: lunes, 30 de noviembre de 2026, 18:47\nPara: bo@mail.example\nAsunto: Re: Lamps",
    },
}


def _marked(lines: dict[str, str]) -> Form:
    def form(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
        if language not in lines:
            return None
        line, quote = lines[language], quoted(original(texts))
        return plain(
            {
                TOP: f"{answer}\n\n{line}\n{quote}\n\n{SIGNATURE}\n",
                BOTTOM: f"{line}\n{quote}\n\n{answer}\n\n{SIGNATURE}\n",
                INLINE: f"{line}\n{inline(texts, answer)}\n\n{SIGNATURE}\n",
            }[position]
        )

    return form


def _below(lines: dict[str, str]) -> Form:
    def form(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
        if language not in lines or position != TOP:
            return None
        quote = original(texts) if not lines[language].startswith(">") else quoted(original(texts))
        return plain(f"{answer}\n\n{lines[language]}\n\n{quote}\n", cte="base64")

    return form


def _forms(make: Callable[[dict[str, str]], Form], lines: dict[str, dict[str, str]]) -> dict[str, Form]:
    return {name: make(lines[name]) for name in lines}


FURTHER: dict[str, Form] = _forms(_marked, MARKED) | _forms(_below, BELOW)
