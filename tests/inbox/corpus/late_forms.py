"""The forms that were written after the rules: Gmail's app, iPhones, Outlook's app and plain text, Yahoo, Proton Mail, HTML alone."""

import html
from email.message import EmailMessage

from tests.inbox.corpus.building import (
    BOTTOM,
    INLINE,
    TOP,
    Form,
    both,
    head,
    in_html,
    inline,
    original,
    quoted,
    wrapped,
)
from tests.inbox.corpus.texts import Texts

BY, ADDRESS = "Anna Q. O'Neil-Müller", "anna.oneil@lists.talk.example"
VALUES = (
    f"{BY} <{ADDRESS}>",
    "Montag, 30. November 2026 18:47:12",
    "bo@mail.example <bo@mail.example>",
    "[Talk] Re: Lamps: what now?",
)
# language: Gmail's app, Apple's on a phone, Yahoo
SAID = {
    "en": (
        "On Mon, 30 Nov 2026, 18:47 {by}, <{address}> wrote:",
        "On Nov 30, 2026, at 6:47\u202fPM, {by} <{address}> wrote:",
        "On Monday, November 30, 2026 at 06:47:12 PM GMT+1, {by} <{address}> wrote:",
    ),
    "de": (
        "{by} <{address}> schrieb am Mo., 30. Nov. 2026, 18:47:",
        "Am 30.11.2026 um 18:47 schrieb {by} <{address}>:",
        "Am Montag, 30. November 2026 um 18:47:12 MEZ hat {by} <{address}> Folgendes geschrieben:",
    ),
    "fr": (
        "Le lun. 30 nov. 2026, 18:47, {by} <{address}> a écrit :",
        "Le 30 nov. 2026 à 18:47, {by} <{address}> a écrit :",
        "Le lundi 30 novembre 2026 à 18:47:12 UTC+1, {by} <{address}> a écrit :",
    ),
    "es": (
        "El lun, 30 nov 2026, 18:47, {by} <{address}> escribió:",
        "El 30 nov 2026, a la(s) 6:47 p. m., {by} <{address}> escribió:",
        "El lunes, 30 de noviembre de 2026, 18:47:12 CET, {by} <{address}> escribió:",
    ),
    "it": (
        "Il lun 30 nov 2026, 18:47 {by} <{address}> ha scritto:",
        "Il giorno 30 nov 2026, alle ore 18:47, {by} <{address}> ha scritto:",
        "Il lunedì 30 novembre 2026 alle ore 18:47:12 CET, {by} <{address}> ha scritto:",
    ),
    "pt": (
        "Em seg., 30 de nov. de 2026, 18:47, {by} <{address}> escreveu:",
        "Em 30 de nov. de 2026, à(s) 18:47, {by} <{address}> escreveu:",
        "Em segunda-feira, 30 de novembro de 2026 18:47:12 BRT, {by} <{address}> escreveu:",
    ),
    "nl": (
        "Op ma 30 nov. 2026 18:47 schreef {by} <{address}>:",
        "Op 30 nov 2026 om 18:47 heeft {by} <{address}> het volgende geschreven:",
        "Op maandag 30 november 2026 om 18:47:12 CET schreef {by} <{address}>:",
    ),
    "pl": (
        "pon., 30 lis 2026, 18:47 użytkownik {by} <{address}> napisał:",
        "Wiadomość napisana przez {by} <{address}> w dniu 30 lis 2026, o godz. 18:47:",
        "W dniu poniedziałek, 30 listopada 2026 18:47:12 CET użytkownik {by} <{address}> napisał:",
    ),
    "ru": (
        "пн, 30 нояб. 2026 г., 18:47 {by} <{address}>:",
        "30 нояб. 2026 г., в 18:47, {by} <{address}> написал(а):\u00a0",
        "понедельник, 30 ноября 2026 г. в 18:47:12 GMT+3, {by} <{address}> написал(-а):",
    ),
    "zh": (
        "{by} <{address}>于2026年11月30日 周一18:47写道：",
        "在 2026年11月30日，18:47，{by} <{address}> 写道：\ufeff",
        "在 2026年11月30日星期一 18:47:12 [CST]， {by}<{address}> 写道：",
    ),
    "ja": (
        "2026年11月30日(月) 18:47 {by} <{address}>:",
        "2026/11/30 18:47、{by} <{address}>のメール:",
        "2026年11月30日月曜日 18:47:12 JST、{by}<{address}>のメール：",
    ),
    "ar": (
        "في الاثنين، 30 نوفمبر 2026، 18:47 {by} <{address}> كتب:",
        "في 30 نوفمبر 2026، الساعة 6:47 م، كتب {by} \u200f<{address}>:",
        "في الاثنين، 30 نوفمبر 2026 في 6:47:12 م غرينتش+3، كتب {by} <{address}>:",
    ),
}
# language: an iPhone, Outlook for iOS, Outlook for Android, Yahoo's app
SENT = {
    "en": (
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
        "Sent from Yahoo Mail for iPhone",
    ),
    "de": (
        "Von meinem iPhone gesendet",
        "Outlook für iOS beziehen<https://aka.ms/o0ukef>",
        "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>",
        "Von Yahoo Mail auf Android gesendet",
    ),
    "fr": (
        "Envoyé de mon iPhone",
        "Obtenir Outlook pour iOS<https://aka.ms/o0ukef>",
        "Envoyé à partir de Outlook pour Android<https://aka.ms/AAb9ysg>",
        "Envoyé de Yahoo Mail pour iPhone",
    ),
    "es": (
        "Enviado desde mi iPhone",
        "Obtener Outlook para iOS<https://aka.ms/o0ukef>",
        "Enviado desde Outlook para Android<https://aka.ms/AAb9ysg>",
        "Enviado desde Yahoo Mail para iPhone",
    ),
    "it": (
        "Inviato da iPhone",
        "Ottieni Outlook per iOS<https://aka.ms/o0ukef>",
        "Inviato da Outlook per Android<https://aka.ms/AAb9ysg>",
        "Inviato da Yahoo Mail su Android",
    ),
    "pt": (
        "Enviado do meu iPhone",
        "Obter o Outlook para iOS<https://aka.ms/o0ukef>",
        "Enviado do Outlook para Android<https://aka.ms/AAb9ysg>",
        "Enviado do Yahoo Mail no Android",
    ),
    "nl": (
        "Verstuurd vanaf mijn iPhone",
        "Outlook voor iOS downloaden<https://aka.ms/o0ukef>",
        "Verzonden vanuit Outlook voor Android<https://aka.ms/AAb9ysg>",
        "Verzonden vanuit Yahoo Mail op Android",
    ),
    "pl": (
        "Wysłane z iPhone'a",
        "Pobierz program Outlook dla systemu iOS<https://aka.ms/o0ukef>",
        "Wysłane z Outlook dla systemu Android<https://aka.ms/AAb9ysg>",
        "Wysłane z Yahoo Mail na Androidzie",
    ),
    "ru": (
        "Отправлено с iPhone",
        "Скачайте Outlook для iOS<https://aka.ms/o0ukef>",
        "Отправлено из Outlook для Android<https://aka.ms/AAb9ysg>",
        "Отправлено с Yahoo Почты для iPhone",
    ),
    "zh": (
        "发自我的 iPhone",
        "获取 Outlook for iOS<https://aka.ms/o0ukef>",
        "从 Outlook for Android 发送<https://aka.ms/AAb9ysg>",
        "从我的 iPhone 版 Yahoo 邮箱发送",
    ),
    "ja": (
        "iPhoneから送信",
        "Outlook for iOS を入手<https://aka.ms/o0ukef>",
        "Outlook for Androidから送信<https://aka.ms/AAb9ysg>",
        "AndroidのYahooメールから送信",
    ),
    "ar": (
        "أُرسلت من الـ iPhone",
        "احصل على Outlook for iOS<https://aka.ms/o0ukef>",
        "تم الإرسال من Outlook لنظام Android<https://aka.ms/AAb9ysg>",
        "تم الإرسال من Yahoo Mail على Android",
    ),
}
# language: the line above the header in Outlook's plain text, and the header as its desktop program writes it
DESKTOP = {
    "en": ("Original Message", ("From:", "Sent:", "To:", "Subject:")),
    "de": ("Ursprüngliche Nachricht", ("Von:", "Gesendet:", "An:", "Betreff:")),
    "fr": ("Message d'origine", ("De :", "Envoyé :", "À :", "Objet :")),
    "es": ("Mensaje original", ("De:", "Enviado el:", "Para:", "Asunto:")),
    "it": ("Messaggio originale", ("Da:", "Inviato:", "A:", "Oggetto:")),
    "pt": ("Mensagem original", ("De:", "Enviada em:", "Para:", "Assunto:")),
    "nl": ("Oorspronkelijk bericht", ("Van:", "Verzonden:", "Aan:", "Onderwerp:")),
    "pl": ("Wiadomość oryginalna", ("Od:", "Wysłane:", "Do:", "Temat:")),
    "ru": ("Исходное сообщение", ("От:", "Отправлено:", "Кому:", "Тема:")),
    "zh": ("邮件原件", ("发件人:", "发送时间:", "收件人:", "主题:")),
    "ja": ("元のメッセージ", ("From:", "Sent:", "To:", "Subject:")),
    "ar": ("الرسالة الأصلية", ("من:", "تم الإرسال:", "إلى:", "الموضوع:")),
}


def said(language: str, program: int) -> str:
    """A line that says who wrote what is quoted."""
    return SAID[language][program].format(by=BY, address=ADDRESS)


def header(language: str) -> str:
    """The header of the mail that is answered."""
    return "\n".join(f"{field} {value}" for field, value in zip(DESKTOP[language][1], VALUES, strict=True))


def plain(text: str, *, cte: str = "quoted-printable", charset: str = "utf-8") -> EmailMessage:
    """A message of text alone."""
    message = head()
    message.set_content(text, cte=cte, charset=charset)
    return message


def gmail_app(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """Gmail's app: the quote may be edited."""
    line = wrapped(said(language, 0))
    text = {
        TOP: f"{answer}\n\n{line}\n\n{quoted(original(texts))}\n",
        BOTTOM: f"{line}\n\n{quoted(original(texts))}\n\n{answer}\n",
        INLINE: f"{line}\n\n{inline(texts, answer)}\n",
    }[position]
    return both(text, f'<div dir="auto">{in_html(answer)}</div>')


def iphone(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """Mail on an iPhone: its line stands above the quote, or at the end."""
    line, sent = said(language, 1), SENT[language][0]
    quote = quoted("\ufeff" + original(texts))
    text = {
        TOP: f"{answer}\n\n{sent}\n\n> {line}\n> \n{quote}\n"
        if language in {"en", "ja"}
        else f"{answer}\n\n{sent}\n\n{line}\n\n{quote}\n",
        BOTTOM: f"{line}\n\n{quote}\n\n{answer}\n\n{sent}\n",
        INLINE: f"\n{line}\n\n{inline(texts, answer)}\n\n{sent}\n",
    }[position]
    return plain(text)


def outlook_app(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Outlook on a phone: its line, underscores, and the header."""
    if position != TOP:
        return None
    sent = SENT[language][1 + len(answer) % 2]
    text = f"{answer}\n\n{sent}\n________________________________\n{header(language)}\n\n{original(texts)}\n"
    return both(text, in_html(text))


def outlook_plain(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Outlook for the desktop in plain text, in the charset of its Windows."""
    if position != TOP:
        return None
    heading = DESKTOP[language][0]
    text = f"{answer}\r\n\r\n-----{heading}-----\r\n{header(language)}\r\n\r\n{original(texts)}\r\n".replace(
        "\r\n", "\n"
    )
    charsets = {"ru": "windows-1251", "pl": "windows-1250", "ja": "iso-2022-jp", "zh": "gb2312", "ar": "utf-8"}
    charset = charsets.get(language, "windows-1252")
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    return plain(text, cte="base64", charset=charset)


def outlook_html_text(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Outlook for the desktop: the text beside the HTML has the header without a line above it."""
    if position != TOP:
        return None
    return both(f"{answer}\n\n\n\n{header(language)}\n\n{original(texts)}\n\n", in_html(answer))


def yahoo(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Yahoo: the quote has no marks, its lines a space before them."""
    if position != TOP:
        return None
    quote = "\n".join(f" {line}  " for line in original(texts).split("\n"))
    return plain(f" {answer}\n\n    {said(language, 2)}  \n \n {quote}\n  ", cte="base64")


def yahoo_app(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Yahoo's app: its line, then the quote without marks."""
    if position != TOP:
        return None
    return plain(f"{answer}\n\n\n{SENT[language][3]}\n\n\n{said(language, 2)}\n\n{original(texts)}\n\n\n\n")


def proton(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """Proton Mail: a line of its own, and an introduction in English or the member's language."""
    line = (
        said(language, 1) if language != "en" else f"On Monday, November 30th, 2026 at 6:47 PM, {BY} <{ADDRESS}> wrote:"
    )
    sent = (
        "Sent with [Proton Mail](https://proton.me/) secure email."
        if len(answer) % 2
        else "Sent with Proton Mail secure email."
    )
    text = {
        TOP: f"{answer}\n\n{sent}\n\n{line}\n\n{quoted(original(texts))}\n",
        BOTTOM: f"{line}\n\n{quoted(original(texts))}\n\n{answer}\n\n{sent}\n",
        INLINE: f"{line}\n\n{inline(texts, answer)}\n",
    }[position]
    return plain(text)


def html_alone(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """A program that writes HTML alone, and quotes in blocks."""
    first, second = texts.asked
    line = f"<div class=gmail_attr>{html.escape(said(language, 0))}<br></div>"
    quote = f"<blockquote style='margin:0 0 0 .8ex'>{in_html(original(texts))}</blockquote>"
    markup = {
        TOP: f"<div>{in_html(answer)}</div><br>{line}{quote}",
        BOTTOM: f"{line}{quote}<div>{in_html(answer)}</div>",
        INLINE: (
            f"{line}<blockquote>{in_html(first)}</blockquote>{in_html(answer)}"
            f"<blockquote>{in_html(second)}</blockquote>{in_html(texts.answers[0])}<blockquote>{in_html('https://talk.example')}</blockquote>"
        ),
    }[position]
    message = head()
    message.set_content(f"<!doctype html><html><body>{markup}</body></html>", subtype="html", cte="base64")
    return message


LATE: dict[str, Form] = {
    "Gmail's app": gmail_app,
    "iPhone": iphone,
    "Outlook's app": outlook_app,
    "Outlook, plain text": outlook_plain,
    "Outlook, text beside HTML": outlook_html_text,
    "Yahoo": yahoo,
    "Yahoo's app": yahoo_app,
    "Proton Mail": proton,
    "HTML alone": html_alone,
}
