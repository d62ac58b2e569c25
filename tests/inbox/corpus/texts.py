"""What members typed, and what they answer to, in each language."""

from typing import NamedTuple


class Texts(NamedTuple):
    """A language's texts: three answers, and the two paragraphs of the mail that they answer."""

    answers: tuple[str, str, str]
    asked: tuple[str, str]


TEXTS = {
    "en": Texts(
        (
            "Yes, that works for me.",
            "I tried it this morning.\n\nTwo things were odd:\n\n- the lamp stays dark\n- the fan never stops\n\nThanks,\nBob",
            "On Monday I wrote: do not open it. From: what I know, it is *still* warm.\n\nSent from the shop, not from home.",
        ),
        ("Did you try the new firmware?", "And which board revision do you have?"),
    ),
    "de": Texts(
        (
            "Ja, das passt mir gut.",
            "Ich habe es heute früh versucht.\n\nZwei Dinge waren seltsam:\n\n- die Lampe bleibt dunkel\n- der Lüfter läuft weiter\n\nGrüße\nBernd",
            "Am Montag schrieb ich: nicht öffnen. Von: außen sieht man nichts.\n\nEs kostet 5 € – Größe „XL“.",
        ),
        ("Hast du die neue Firmware versucht?", "Und welche Platine hast du überhaupt?"),
    ),
    "fr": Texts(
        (
            "Oui, ça me va très bien.",
            "J'ai essayé ce matin.\n\nDeux choses étranges :\n\n- la lampe reste éteinte\n- le ventilateur tourne encore\n\nMerci,\nBenoît",
            "Le lundi, j'ai écrit : ne pas ouvrir. De : l'extérieur on ne voit rien.\n\nÇa coûte 5 €.",
        ),
        ("As-tu essayé le nouveau logiciel ?", "Et quelle carte as-tu ?"),
    ),
    "es": Texts(
        (
            "Sí, me parece bien.",
            "Lo probé esta mañana.\n\nDos cosas raras:\n\n- la lámpara no se enciende\n- el ventilador no para\n\nGracias,\nBeatriz",
            "El lunes escribí: no lo abras. ¿De qué sirve?\n\nCuesta 5 €.",
        ),
        ("¿Probaste el nuevo firmware?", "¿Y qué placa tienes?"),
    ),
    "it": Texts(
        (
            "Sì, per me va bene.",
            "Ho provato stamattina.\n\nDue cose strane:\n\n- la lampada resta spenta\n- la ventola gira sempre\n\nGrazie,\nBruno",
            "Il lunedì ho scritto: non aprire. A: che serve?\n\nCosta 5 €.",
        ),
        ("Hai provato il nuovo firmware?", "E quale scheda hai?"),
    ),
    "pt": Texts(
        (
            "Sim, para mim está bom.",
            "Tentei hoje de manhã.\n\nDuas coisas estranhas:\n\n- a lâmpada não acende\n- a ventoinha não para\n\nObrigado,\nBruno",
            "Em geral escreveu-se: não abrir. Para: mim serve.\n\nCusta 5 €, não é?",
        ),
        ("Já tentou o novo firmware?", "E qual placa você tem?"),
    ),
    "nl": Texts(
        (
            "Ja, dat is prima voor mij.",
            "Ik heb het vanochtend geprobeerd.\n\nTwee dingen waren raar:\n\n- de lamp blijft uit\n- de ventilator draait door\n\nGroet,\nBram",
            "Op maandag schreef ik: niet openen. Aan: de buitenkant zie je niets.\n\nHet kost € 5.",
        ),
        ("Heb je de nieuwe firmware al geprobeerd?", "En welke printplaat heb je?"),
    ),
    "pl": Texts(
        (
            "Tak, mi to pasuje.",
            "Próbowałem dziś rano.\n\nDwie rzeczy były dziwne:\n\n- lampka nie świeci\n- wentylator się nie zatrzymuje\n\nDzięki,\nBartek",
            "Do: czego to służy? W poniedziałek napisał: nie otwierać.\n\nKosztuje 5 zł. Żółć.",
        ),
        ("Czy próbowałeś nowego oprogramowania?", "I jaką masz płytkę?"),
    ),
    "ru": Texts(
        (
            "Да, мне подходит.",
            "Я попробовал сегодня утром.\n\nДве странности:\n\n- лампа не горит\n- вентилятор не останавливается\n\nСпасибо,\nБорис",
            "В понедельник я написал: не открывать. Тема: старая.\n\nСтоит 5 рублей.",
        ),
        ("Ты пробовал новую прошивку?", "И какая у тебя плата?"),
    ),
    "zh": Texts(
        (
            "好的，我没问题。",
            "我今天早上试过了。\n\n有两件怪事：\n\n- 灯不亮\n- 风扇一直转\n\n谢谢，\n小波",
            "星期一我写道：不要打开。主题：旧的。\n\n要五块钱。",
        ),
        ("你试过新固件了吗？", "你用的是哪块板子？"),
    ),
    "ja": Texts(
        (
            "はい、それで大丈夫です。",
            "今朝試しました。\n\n変なことが二つあります。\n\n- ランプがつかない\n- ファンが止まらない\n\nよろしく\n文太",
            "月曜日に書きました：開けないで。件名：古い。\n\n五百円です。",
        ),
        ("新しいファームウェアは試しましたか？", "基板はどれですか？"),
    ),
    "ar": Texts(
        (
            "نعم، هذا يناسبني.",
            "جربته هذا الصباح.\n\nأمران غريبان:\n\n- المصباح لا يضيء\n- المروحة لا تتوقف\n\nشكرا\nباسم",
            "يوم الاثنين كتبت: لا تفتحه.\n\nالسعر خمسة.",
        ),
        ("هل جربت البرنامج الجديد؟", "وما هي اللوحة التي لديك؟"),
    ),
}
