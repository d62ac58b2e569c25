"""The forms by which the rules were made: Gmail, Outlook on the web and for the desktop, Thunderbird, Apple Mail, K-9, Samsung."""

import html
from email.message import EmailMessage

from forum.infra.text.messages import body_text
from tests.inbox.corpus.building import (
    BOTTOM,
    INLINE,
    PNG,
    SIGNATURE,
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

BY, ADDRESS = "Talk Forum", "forum@talk.example"
GMAIL = {
    "en": "On Mon, Nov 30, 2026 at 6:47 PM {by} <{address}> wrote:",
    "de": "Am Mo., 30. Nov. 2026 um 18:47 Uhr schrieb {by} <{address}>:",
    "fr": "Le lun. 30 nov. 2026 à 18:47, {by} <{address}> a écrit :",
    "es": "El lun, 30 nov 2026 a las 18:47, {by} (<{address}>) escribió:",
    "it": "Il giorno lun 30 nov 2026 alle ore 18:47 {by} <{address}> ha scritto:",
    "pt": "Em seg., 30 de nov. de 2026 às 18:47, {by} <{address}> escreveu:",
    "nl": "Op ma 30 nov 2026 om 18:47 schreef {by} <{address}>:",
    "pl": "pon., 30 lis 2026 o 18:47 {by} <{address}> napisał(a):",
    "ru": "пн, 30 нояб. 2026 г. в 18:47, {by} <{address}>:",
    "zh": "{by} <{address}> 于2026年11月30日周一 18:47写道：",
    "ja": "2026年11月30日(月) 18:47 {by} <{address}>:",
    "ar": "في الاثنين، 30 نوفمبر 2026 في 6:47 م تمت كتابة ما يلي بواسطة {by} <\u202a{address}\u202c\u200f>:",
}
APPLE = {
    "en": "On 30 Nov 2026, at 18:47, {by} <{address}> wrote:",
    "de": "Am 30.11.2026 um 18:47 schrieb {by} <{address}>:",
    "fr": "Le 30 nov. 2026 à 18:47, {by} <{address}> a écrit :",
    "es": "El 30 nov 2026, a las 18:47, {by} <{address}> escribió:",
    "it": "Il giorno 30 nov 2026, alle ore 18:47, {by} <{address}> ha scritto:",
    "pt": "No dia 30/11/2026, às 18:47, {by} <{address}> escreveu:",
    "nl": "Op 30 nov 2026, om 18:47 heeft {by} <{address}> het volgende geschreven:",
    "pl": "Wiadomość napisana przez {by} <{address}> w dniu 30.11.2026, o godz. 18:47:",
    "ru": "30 нояб. 2026 г., в 18:47, {by} <{address}> написал(а):",
    "zh": "2026年11月30日 18:47，{by} <{address}> 写道：",
    "ja": "2026/11/30 18:47、{by} <{address}>のメール：",
    "ar": "في ٣٠\u200f/١١\u200f/٢٠٢٦، الساعة ٦:٤٧ م، كتب {by} <{address}>:",
}
THUNDERBIRD = {
    "en": "On 30/11/2026 18:47, {by} wrote:",
    "de": "Am 30.11.26 um 18:47 schrieb {by}:",
    "fr": "Le 30/11/2026 à 18:47, {by} a écrit\u00a0:",
    "es": "El 30/11/26 a las 18:47, {by} escribió:",
    "it": "Il 30/11/2026 18:47, {by} ha scritto:",
    "pt": "Em 30/11/2026 18:47, {by} escreveu:",
    "nl": "Op 30-11-2026 om 18:47 schreef {by}:",
    "pl": "W dniu 30.11.2026 o 18:47, {by} pisze:",
    "ru": "30.11.2026 18:47, {by} пишет:",
    "zh": "在 2026/11/30 18:47, {by} 写道:",
    "ja": "On 2026/11/30 18:47, {by} wrote:",
    "ar": "في 30\u200f/11\u200f/2026 18:47، كتب {by}:",
}
FIELDS = {
    "en": ("From:", "Sent:", "To:", "Subject:"),
    "de": ("Von:", "Gesendet:", "An:", "Betreff:"),
    "fr": ("De :", "Envoyé :", "À :", "Objet :"),
    "es": ("De:", "Enviado:", "Para:", "Asunto:"),
    "it": ("Da:", "Inviato:", "A:", "Oggetto:"),
    "pt": ("De:", "Enviado:", "Para:", "Assunto:"),
    "nl": ("Van:", "Verzonden:", "Aan:", "Onderwerp:"),
    "pl": ("Od:", "Wysłano:", "Do:", "Temat:"),
    "ru": ("От:", "Отправлено:", "Кому:", "Тема:"),
    "zh": ("发件人:", "发送时间:", "收件人:", "主题:"),
    "ja": ("差出人:", "送信日時:", "宛先:", "件名:"),
    "ar": ("من:", "تم الإرسال:", "إلى:", "الموضوع:"),
}
SAMSUNG = {
    "en": ("Sent from my Galaxy", "Original message", ("From:", "Date:", "To:", "Subject:")),
    "de": ("Von meinem/meiner Galaxy gesendet", "Ursprüngliche Nachricht", ("Von:", "Datum:", "An:", "Betreff:")),
    "fr": ("Envoyé depuis mon appareil Galaxy", "Message d'origine", ("De :", "Date :", "À :", "Objet :")),
    "es": ("Enviado desde mi Galaxy", "Mensaje original", ("De:", "Fecha:", "A:", "Asunto:")),
    "it": ("Inviato dal mio Galaxy", "Messaggio originale", ("Da:", "Data:", "A:", "Oggetto:")),
    "pt": ("Enviado do meu Galaxy", "Mensagem original", ("De:", "Data:", "Para:", "Assunto:")),
    "nl": ("Verzonden vanaf mijn Galaxy", "Oorspronkelijk bericht", ("Van:", "Datum:", "Aan:", "Onderwerp:")),
    "pl": ("Wysłano z mojego Galaxy", "Oryginalna wiadomość", ("Od:", "Data:", "Do:", "Temat:")),
    "ru": ("Отправлено с моего Galaxy", "Исходное сообщение", ("От:", "Дата:", "Кому:", "Тема:")),
    "zh": ("发自我的 Galaxy", "原始邮件", ("发件人：", "日期：", "收件人：", "主题：")),
    "ja": ("Galaxyから送信", "元のメッセージ", ("差出人:", "日付:", "宛先:", "件名:")),
    "ar": ("أُرسلت من جهاز Galaxy الخاص بي", "الرسالة الأصلية", ("من:", "التاريخ:", "إلى:", "الموضوع:")),
}
K9 = {
    "en": "On November 30, 2026 6:47:12 PM GMT+01:00, {by} <{address}> wrote:",
    "de": "Am 30. November 2026 18:47:12 MEZ schrieb {by} <{address}>:",
    "fr": "Le 30 novembre 2026 18:47:12 GMT+01:00, {by} <{address}> a écrit :",
    "es": "El 30 de noviembre de 2026 18:47:12 CET, {by} <{address}> escribió:",
    "it": "Il 30 novembre 2026 18:47:12 CET, {by} <{address}> ha scritto:",
    "pt": "Em 30 de novembro de 2026 18:47:12 BRT, {by} <{address}> escreveu:",
    "nl": "Op 30 november 2026 18:47:12 CET schreef {by} <{address}>:",
    "pl": "Dnia 30 listopada 2026 18:47:12 CET, {by} <{address}> napisał(a):",
    "ru": "30 ноября 2026 г. 18:47:12 GMT+03:00, {by} <{address}> пишет:",
    "zh": "于 2026年11月30日 GMT+08:00 18:47:12, {by} <{address}> 写到:",
    "ja": "2026年11月30日 18:47:12 JST、{by} <{address}> のメール:",
    "ar": "في 30 نوفمبر 2026 18:47:12 GMT+03:00، كتب {by} <{address}>:",
}


def said(words: str) -> str:
    """A line that says who wrote what is quoted."""
    return words.format(by=BY, address=ADDRESS)


def block(fields: tuple[str, ...], values: tuple[str, ...]) -> str:
    """The header of a mail as a mail program repeats it."""
    return "\n".join(f"{field} {value}" for field, value in zip(fields, values, strict=True))


VALUES = (f"{BY} <{ADDRESS}>", "30 11 2026 18:47", "Bo Member <bo@mail.example>", "Re: Lamps")


def gmail_web(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """Gmail in a browser: text wrapped at 76 columns, and HTML."""
    line = wrapped(said(GMAIL[language]))
    quote = f'<div class="gmail_quote"><div class="gmail_attr">{html.escape(line)}</div><blockquote>'
    markup = f'<div dir="auto">{in_html(answer)}</div>{quote}{in_html(original(texts))}</blockquote></div>'
    text = {
        TOP: f"{answer}\n\n{SIGNATURE}\n\n\n{line}\n\n{quoted(original(texts))}\n",
        BOTTOM: f"{line}\n\n{quoted(original(texts))}\n\n\n{answer}\n\n{SIGNATURE}\n",
        INLINE: f"{line}\n\n{inline(texts, answer)}\n",
    }[position]
    return both(text, markup)


def outlook_web(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Outlook in a browser: a line of underscores, the header, and the mail below it without marks."""
    if position != TOP:
        return None
    header = block(FIELDS[language], VALUES)
    text = f"{answer}\n\n________________________________\n{header}\n\n{original(texts)}\n"
    markup = (
        f'<div class="elementToProof">{in_html(answer)}</div><div id="appendonsend"></div><hr style="width:98%">'
        f'<div id="divRplyFwdMsg">{in_html(header)}</div><div>{in_html(original(texts))}</div>'
    )
    return both(text, markup)


def outlook_html(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Outlook for the desktop, HTML alone: the header is a block with a line above it."""
    if position != TOP:
        return None
    paragraphs = "".join(
        f"<p class=MsoNormal>{html.escape(line) or '<o:p>&nbsp;</o:p>'}</p>\n" for line in answer.split("\n")
    )
    fields = "<br>".join(
        f"<b>{name}</b> {html.escape(value)}" for name, value in zip(FIELDS[language], VALUES, strict=True)
    )
    message = head("Microsoft Outlook 16.0")
    message.set_content(
        f"<html><head><style>p.MsoNormal{{margin:0cm}}</style></head><body lang=X><div class=WordSection1>{paragraphs}"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"<p class=MsoNormal>{fields}<o:p></o:p></p></div><p class=MsoNormal>{texts.asked[0]}</p></div></body></html>",
        subtype="html",
        cte="quoted-printable",
    )
    return message


def thunderbird(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """Thunderbird: format=flowed, 8bit."""
    line = said(THUNDERBIRD[language])
    text = {
        TOP: f"{answer}\n\n{line}\n{quoted(original(texts))}\n\n{SIGNATURE}\n",
        BOTTOM: f"{line}\n{quoted(original(texts))}\n\n{answer}\n\n{SIGNATURE}\n",
        INLINE: f"{line}\n{inline(texts, answer)}\n\n{SIGNATURE}\n",
    }[position]
    message = head("Thunderbird")
    message.set_content(text, cte="base64")
    message.set_param("format", "flowed")
    return message


def apple_mail(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """Apple Mail on a Mac: text, and HTML with a picture of the signature."""
    line = said(APPLE[language])
    text = {
        TOP: f"{answer}\n\n{line}\n\n{quoted(original(texts))}\n",
        BOTTOM: f"{line}\n\n{quoted(original(texts))}\n\n{answer}\n",
        INLINE: f"\n\n{line}\n\n{inline(texts, answer)}\n\n",
    }[position]
    message = both(text, f"{in_html(answer)}<blockquote type=cite>{in_html(original(texts))}</blockquote>")
    message.add_attachment(PNG, "image", "png", filename="logo.png", disposition="inline")
    return message


def k9(language: str, position: str, texts: Texts, answer: str) -> EmailMessage:
    """K-9 Mail: the signature stands above the quote."""
    line = said(K9[language])
    brevity = "-- \nSent from my Android device with K-9 Mail. Please excuse my brevity."
    text = {
        TOP: f"{answer}\n{brevity}\n\n{line}\n{quoted(original(texts))}\n",
        BOTTOM: f"{line}\n{quoted(original(texts))}\n\n{answer}\n{brevity}\n",
        INLINE: f"{line}\n{inline(texts, answer)}\n",
    }[position]
    message = head()
    message.set_content(text, cte="quoted-printable")
    return message


def samsung(language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None:
    """Samsung Mail: its line, and the header of the mail below a line of hyphens."""
    if position != TOP:
        return None
    sent, heading, fields = SAMSUNG[language]
    values = (f"{BY} <{ADDRESS}>", "30/11/2026 18:47 (GMT+01:00)", "bo@mail.example", "Re: Lamps")
    text = f"{answer}\n\n\n\n{sent}\n\n\n-------- {heading} --------\n{block(fields, values)}\n\n{original(texts)}\n"
    message = head()
    message.set_content(body_text(text), cte="base64")
    return message


EARLY: dict[str, Form] = {
    "Gmail": gmail_web,
    "Outlook on the web": outlook_web,
    "Outlook, HTML alone": outlook_html,
    "Thunderbird": thunderbird,
    "Apple Mail": apple_mail,
    "K-9": k9,
    "Samsung": samsung,
}
