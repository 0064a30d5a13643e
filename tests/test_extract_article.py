"""Whole pages, written in the manner of the sites we archive: what comes out is said word by word."""

import pytest

from scraper.extract import extract_article
from scraper.model import KEPT_ROLES, STRIPPED_ROLES, Article

URL = "https://example.org/2024/05/a-story"


def page(title: str, body: str, *, lang: str = "en", head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{title} | The Daily Example</title>{head}</head><body>"
        '<nav class="x1"><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li>'
        '<li><a href="/sport">Sport</a></li></ul></nav>'
        f"{body}"
        "<footer><p>Copyright The Daily Example. All rights reserved.</p></footer></body></html>"
    ).encode()


def read(html: bytes) -> Article:
    article = extract_article(html, URL)
    assert article is not None
    return article


HARBOUR = [
    "The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay, the "
    "port authority said, and ships were sent to two other ports along the coast.",
    "Nobody was hurt, but eleven containers were crushed and a part of the quay wall gave way. The "
    "authority expects that repairs will take at least three weeks.",
    "“We heard a sound like thunder and then saw dust above the water,” said Maren Holt, who runs a "
    "café beside the gate. “Ten minutes later the whole street was full of people.”",
    "The crane was built in 1974 and had passed its last inspection in March. An investigator of "
    "the ministry will look at the bolts of its base, which had been replaced in winter.",
    "About a third of the region's grain leaves through Port Ellery. Farmers said that storage was "
    "full to the roof already and that each lost day would cost them dearly.",
    "A decision on when the southern quay may open again is expected by the end of the week.",
]

OVERLAY = """
<div class="k-19x"><p>×</p><p>Enjoying ad-free content?</p>
<p>Since January 1, 2023, we have disabled all ads to improve your reading experience.</p>
<p>This commitment costs us $4,000 a month. Your support can help us fill the gap.</p>
<p><a href="/give">Support us</a></p></div>"""

APPEAL = """
<p>A Message from The Daily Example:</p>
<p>Dear readers,</p>
<p>We are facing unprecedented challenges. A court has called our newsroom a danger to the public
and put our staff at risk of prosecution.</p>
<p>These steps are attempts to silence independent journalism. The court says that our reporting
discredits the government. We see things differently.</p>
<p>Your support, no matter how small, makes a world of difference. If you can, please support us
monthly starting from just $2.</p>
<p>By supporting us, you're defending open journalism. Thank you for standing with us.</p>
<div class="b-2"><p>Once</p><p>Monthly</p><p>Annual</p><p>Continue</p>
<p>Not ready to support today?</p><p>Remind me later.</p></div>"""


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>\n" for line in lines)


def test_appeals_labels_and_links_in_plain_paragraphs_do_not_reach_the_text() -> None:
    body = f"""{OVERLAY}<div class="css-1k2j3h"><h1>Crane falls on quay of Port Ellery</h1>
    <p>Updated May 6th, 2024 at 19:56 IST</p>
    <p>Reported by: Lena Okafor</p>
    <p>| Image: self</p>
    <p>Advertisement</p>
    {paragraphs(HARBOUR[:2])}
    <p>Read: <a href="/a">Ports Along The Coast Brace For Delays As Storm Season Nears</a></p>
    {paragraphs(HARBOUR[2:3])}
    <p>Advertisement</p>
    <p>[In this photo provided by the port authority, a crane lies on the quay. Credit: AP]</p>
    {paragraphs(HARBOUR[3:])}
    <p>(Image Credit: AP)</p>
    <p><a href="/b">Ministry promises new rules for harbour cranes after accident</a></p>
    {APPEAL}
    <p>. by [author_name]</p>
    <p>Post a Comment</p>
    <p><a href="/prev">Previous Post</a> <a href="/next">Next Post</a></p></div>"""

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.text == "\n\n".join(["Crane falls on quay of Port Ellery", *HARBOUR])
    assert article.paragraphs == tuple(HARBOUR)


def test_every_block_has_a_role_of_the_list_and_a_reason() -> None:
    body = f"<article><h1>Crane falls</h1>{paragraphs(HARBOUR)}{APPEAL}</article>"

    article = read(page("Crane falls", body))

    for block in article.blocks:
        assert block.role in KEPT_ROLES | STRIPPED_ROLES
        assert block.kept == (block.role in KEPT_ROLES) or block.role in {"headline"}
        assert block.reason
    assert {block.text for block in article.stripped()} >= {"Home", "World", "Sport"}


def test_standfirst_subheadings_lists_quotes_and_tables_are_kept() -> None:
    body = f"""<article><header><h1>Crane falls on quay of Port Ellery</h1>
    <p class="standfirst">Nobody was hurt, but grain exports will stand still for weeks, and the
    question is who will pay.</p><p class="byline">By Lena Okafor</p></header>
    <div class="article-body">{paragraphs(HARBOUR[:2])}
    <h2>What is known</h2>
    <ul><li>Eleven containers were crushed under the boom.</li>
    <li>The southern quay may be used again soon.</li></ul>
    {paragraphs(HARBOUR[2:4])}
    <blockquote><p>It is a matter of days, and every one of them counts for us out here.</p></blockquote>
    <table><tr><th>Port</th><th>Ships sent</th></tr><tr><td>Wexham</td><td>4</td></tr></table>
    {paragraphs(HARBOUR[4:])}
    <p>AFP contributed reporting.</p>
    <p>Correction: An earlier version of this story gave a wrong year for the crane.</p>
    </div></article>"""

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs == (
        "Nobody was hurt, but grain exports will stand still for weeks, and the question is who "
        "will pay.",
        *HARBOUR[:2],
        "What is known",
        "- Eleven containers were crushed under the boom.",
        "- The southern quay may be used again soon.",
        *HARBOUR[2:4],
        "It is a matter of days, and every one of them counts for us out here.",
        "Port | Ships sent",
        "Wexham | 4",
        *HARBOUR[4:],
        "AFP contributed reporting.",
        "Correction: An earlier version of this story gave a wrong year for the crane.",
    )
    roles = {block.text: block.role for block in article.blocks if block.kept}
    assert roles["What is known"] == "subheading"
    assert roles["Wexham | 4"] == "table"
    assert roles["AFP contributed reporting."] == "credit"
    assert roles[article.paragraphs[0]] == "standfirst"
    assert roles[article.paragraphs[-1]] == "note"


def test_a_story_about_donations_and_subscriptions_keeps_its_text() -> None:
    story = [
        "Readers gave more than two million dollars to small newspapers last year, a study of the "
        "Weller Institute says, and most of them gave less than ten dollars a month.",
        "Subscribe to one local paper and you are likely to pay for a second one: that is what the "
        "authors read out of 4,000 answers. Newsletters were the first step for every third reader.",
        "“Support us or lose us is a message that wears out,” said Ida Brandt, who led the study. "
        "“We asked people why they donate, and hardly anybody named a campaign.”",
        "The papers that asked for donations only once a year kept four of five donors. Those that "
        "put a banner above each story lost half of them within twelve months.",
        "Sign-up forms were the weakest tool of all: one in nine hundred visitors left an address, "
        "and every second address turned out to be wrong.",
    ]
    body = f'<div class="q-77"><h1>Small gifts carry small papers</h1>{paragraphs(story)}</div>'

    article = read(page("Small gifts carry small papers", body))

    assert article.paragraphs == tuple(story)


@pytest.mark.parametrize(
    ("lang", "title", "story", "furniture"),
    [
        (
            "ru",
            "В порту Эллери упал кран",
            [
                "Порт Эллери закрыли в понедельник после того, как на северный причал упал кран. "
                "Суда направили в два других порта на побережье, сообщили в администрации.",
                "Никто не пострадал, но одиннадцать контейнеров раздавлены. Ремонт причальной "
                "стенки, по оценке инженеров, займёт не меньше трёх недель.",
                "Кран построили в 1974 году, последнюю проверку он прошёл в марте. Следователи "
                "изучат болты основания, которые меняли зимой.",
            ],
            ["Реклама", "Фото: Анна Петрова / ТАСС", "Подписывайтесь на наш телеграм-канал",
             'Читайте также: <a href="/a">Порты побережья готовятся к штормам</a>', "Поделиться"],
        ),
        (
            "tr",
            "Ellery limanında vinç devrildi",
            [
                "Ellery limanı pazartesi günü kuzey rıhtımına bir vincin devrilmesi üzerine kapatıldı. "
                "Gemiler kıyıdaki iki başka limana yönlendirildi, yetkililer açıkladı.",
                "Kimse yaralanmadı, ancak on bir konteyner ezildi. Mühendislere göre rıhtım duvarının "
                "onarımı en az üç hafta sürecek ve tahıl sevkiyatı duracak.",
                "Vinç 1974 yılında yapılmıştı ve son denetimden mart ayında geçmişti. Müfettişler kışın "
                "değiştirilen taban cıvatalarını inceleyecek.",
            ],
            ["Reklam", "Fotoğraf: Ayşe Kaya / AA", "Bizi takip edin: Telegram kanalımız",
             'Ayrıca okuyun: <a href="/a">Kıyı limanları fırtınaya hazırlanıyor</a>', "Paylaş"],
        ),
        (
            "de",
            "Kran stürzt im Hafen von Ellery um",
            [
                "Der Hafen von Ellery ist am Montag gesperrt worden, nachdem ein Kran auf den Nordkai "
                "gestürzt war. Die Schiffe werden in zwei andere Häfen umgeleitet.",
                "Verletzt wurde niemand, doch elf Container sind zerdrückt. Die Reparatur der Kaimauer "
                "dauert nach Angaben der Verwaltung mindestens drei Wochen.",
                "Der Kran stammt aus dem Jahr 1974 und war im März zuletzt geprüft worden. Ein Gutachter "
                "sieht sich nun die Schrauben des Sockels an, die im Winter getauscht wurden.",
            ],
            ["Anzeige", "Foto: Jana Wirth/dpa", "Abonnieren Sie unseren Newsletter",
             'Lesen Sie auch: <a href="/a">Häfen an der Küste rüsten sich für Stürme</a>', "Teilen"],
        ),
        (
            "ar",
            "سقوط رافعة في ميناء إيليري",
            [
                "أغلق ميناء إيليري يوم الاثنين بعد سقوط رافعة على الرصيف الشمالي، ووجهت السفن إلى "
                "ميناءين آخرين على الساحل، بحسب ما أعلنت سلطة الميناء.",
                "ولم يصب أحد بأذى، لكن إحدى عشرة حاوية تحطمت وانهار جزء من جدار الرصيف. وتتوقع "
                "السلطة أن تستغرق أعمال الإصلاح ثلاثة أسابيع على الأقل.",
                "وكانت الرافعة قد بنيت عام 1974 واجتازت آخر فحص لها في مارس، وسيفحص محقق من الوزارة "
                "براغي قاعدتها التي استبدلت في الشتاء.",
            ],
            ["إعلان", "اشترك في النشرة البريدية", "شارك",
             'اقرأ أيضا: <a href="/a">موانئ الساحل تستعد لموسم العواصف</a>'],
        ),
        (
            "ja",
            "エレリー港でクレーンが倒壊",
            [
                "エレリー港は月曜日、北埠頭にクレーンが倒れたため閉鎖された。港湾当局によると、船舶は沿岸の"
                "ほかの二つの港に向かうよう指示された。",
                "けが人はいなかったが、コンテナ十一個が押しつぶされ、岸壁の一部が崩れた。当局は復旧に少なく"
                "とも三週間かかると見込んでいる。",
                "クレーンは1974年に造られ、三月に最後の検査に合格していた。国の調査官は、冬に交換された"
                "土台のボルトを詳しく調べる方針だ。",
            ],
            ["広告", "シェアする", "関連記事", "続きを読む"],
        ),
        (
            "fr",
            "Une grue tombe dans le port d'Ellery",
            [
                "Le port d'Ellery a été fermé lundi après la chute d'une grue sur le quai nord, et les "
                "navires ont été dirigés vers deux autres ports de la côte, selon les autorités.",
                "Personne n'a été blessé, mais onze conteneurs ont été écrasés. La réparation du mur du "
                "quai prendra au moins trois semaines, estiment les ingénieurs du port.",
                "La grue datait de 1974 et avait passé son dernier contrôle en mars. Un enquêteur du "
                "ministère examinera les boulons de sa base, changés pendant l'hiver.",
            ],
            ["Publicité", "Crédit photo : Paul Rey / AFP", "Abonnez-vous à notre newsletter",
             'Lire aussi : <a href="/a">Les ports de la côte se préparent aux tempêtes</a>'],
        ),
        (
            "es",
            "Una grúa cae en el puerto de Ellery",
            [
                "El puerto de Ellery fue cerrado el lunes después de que una grúa cayera sobre el muelle "
                "norte, y los barcos fueron enviados a otros dos puertos de la costa.",
                "Nadie resultó herido, pero once contenedores quedaron aplastados. La reparación del muro "
                "del muelle llevará al menos tres semanas, según los ingenieros.",
                "La grúa era de 1974 y había pasado su última inspección en marzo. Un investigador del "
                "ministerio revisará los pernos de la base, que se cambiaron en invierno.",
            ],
            ["Publicidad", "Foto: Luis Mora / EFE", "Suscríbete a nuestro boletín",
             'Lea también: <a href="/a">Los puertos de la costa se preparan para las tormentas</a>'],
        ),
        (
            "pt",
            "Guindaste cai no porto de Ellery",
            [
                "O porto de Ellery foi fechado na segunda-feira depois que um guindaste caiu sobre o cais "
                "norte, e os navios foram enviados a dois outros portos da costa.",
                "Ninguém ficou ferido, mas onze contêineres foram esmagados. O conserto da parede do cais "
                "vai levar pelo menos três semanas, segundo os engenheiros.",
                "O guindaste era de 1974 e tinha passado pela última inspeção em março. Um perito do "
                "ministério vai examinar os parafusos da base, trocados no inverno.",
            ],
            ["Publicidade", "Foto: Rui Alves / Lusa", "Assine nossa newsletter",
             'Leia também: <a href="/a">Portos da costa se preparam para as tempestades</a>'],
        ),
        (
            "it",
            "Una gru cade nel porto di Ellery",
            [
                "Il porto di Ellery è stato chiuso lunedì dopo che una gru è caduta sul molo nord, e le "
                "navi sono state mandate in altri due porti della costa, dicono le autorità.",
                "Nessuno è rimasto ferito, ma undici container sono stati schiacciati. La riparazione del "
                "muro del molo richiederà almeno tre settimane, secondo gli ingegneri.",
                "La gru era del 1974 e aveva superato l'ultimo controllo a marzo. Un perito del ministero "
                "esaminerà i bulloni della base, che erano stati cambiati in inverno.",
            ],
            ["Pubblicità", "Foto: Carla Neri / ANSA", "Iscriviti alla nostra newsletter",
             'Leggi anche: <a href="/a">I porti della costa si preparano alle tempeste</a>'],
        ),
    ],
)  # fmt: skip
def test_furniture_between_paragraphs_is_stripped_in_each_language(
    lang: str, title: str, story: list[str], furniture: list[str]
) -> None:
    inside = "".join(
        f"<p>{line}</p><p>{extra}</p>" for line, extra in zip(story, [*furniture, ""], strict=False)
    ) + "".join(f"<p>{extra}</p>" for extra in furniture[len(story) :])
    body = f'<div class="a9f"><h1>{title}</h1>{inside}</div>'

    article = read(page(title, body, lang=lang))

    assert article.text == "\n\n".join([title, *story])
    assert article.language == lang


def test_a_tail_of_headlines_is_not_the_story() -> None:
    tail = "".join(
        f'<p><a href="/{n}">{line}</a></p>'
        for n, line in enumerate(
            [
                "Man finds Roman coins while digging for potatoes",
                "Record number of storks leaves the delta early",
                "Women take to the streths of the capital over wages",
            ]
        )
    )
    body = f'<div class="z1"><h1>Crane falls on quay</h1>{paragraphs(HARBOUR)}{tail}</div>'

    article = read(page("Crane falls on quay", body))

    assert article.paragraphs == tuple(HARBOUR)


def test_text_parted_by_line_breaks_is_split_into_paragraphs() -> None:
    body = (
        '<h3 class="post-title entry-title">Crane falls on quay of Port Ellery</h3>'
        f'<div class="post-body entry-content">{"<br><br>".join(HARBOUR)}</div>'
    )

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs == tuple(HARBOUR)


def test_a_body_that_a_script_reveals_is_read() -> None:
    body = (
        "<h1>Crane falls on quay of Port Ellery</h1>"
        f'<div class="story" style="display:none">{paragraphs(HARBOUR)}</div>'
    )

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs == tuple(HARBOUR)


def test_words_for_screen_readers_are_not_glued_to_links() -> None:
    body = (
        "<article><h1>Crane falls on quay of Port Ellery</h1>"
        + paragraphs(HARBOUR[:3])
        + '<p>The ministry published <a href="/r">its report<span class="visually-hidden">, opens '
        "new tab</span></a> on Tuesday, and the port answered within the hour.</p></article>"
    )

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs[-1] == (
        "The ministry published its report on Tuesday, and the port answered within the hour."
    )


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"<html><body></body></html>",
        b"<p>Log in</p>",
        page(
            "Section",
            "".join(
                f'<div class="card"><h2><a href="/{n}">A headline about event number {n}</a></h2>'
                f"<p>What happened at event number {n} was seen by many people. They said so.</p></div>"
                for n in range(12)
            ),
        ),
        page("Links", "".join(f'<p><a href="/{n}">Something happened here. {n}</a></p>' for n in range(40))),
        page("Subscribe", "<p>Subscribe to continue reading. Already a subscriber? Log in.</p>"),
    ],
    ids=["empty", "no body", "a button", "teasers", "links", "a prompt"],
)  # fmt: skip
def test_a_page_without_a_story_is_no_article(html: bytes) -> None:
    assert extract_article(html, URL) is None


def test_the_same_bytes_give_the_same_article_whatever_was_read_before() -> None:
    one = page(
        "Crane falls on quay of Port Ellery",
        f"<article><h1>Crane falls on quay of Port Ellery</h1>{paragraphs(HARBOUR)}</article>",
    )
    first = read(one)

    for number in range(5):
        read(
            page(
                f"Story {number}",
                f"<article><h1>Story {number}</h1>{paragraphs(HARBOUR[:4])}</article>",
            )
        )

    assert read(one) == first


def test_control_characters_in_titles_do_not_reach_the_text() -> None:
    title = "Crane \x1b]0;pwn\x07falls\x1b[2J &#8238;on quay"
    body = f"<article><h1>{title}</h1>{paragraphs(HARBOUR)}</article>"

    article = read(page(title, body))

    assert article.title == "Crane ]0;pwnfalls[2J on quay"
    assert not any(ord(char) < 32 for char in article.text if char != "\n")
