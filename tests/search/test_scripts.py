"""A judged set of our own: scripts without spaces, and stop words. Each query has one relevant thread."""

import pytest

from forum.archive.evaluate import metrics, run_questions
from forum.archive.judged_sets import JudgedSet, Text
from forum.infra.database.db import session
from tests.factories import a_thread

TALK = (
    ("登月计划的最新消息", "国家航天局今天宣布，登月飞船将在明年发射。"),
    ("手机电池耗电太快怎么办", "新手机充满电以后半天就没电了，是不是后台程序太多？"),
    ("北京哪里的烤鸭好吃", "周末想带家人去吃烤鸭，请推荐几家餐厅。"),
    ("学习编程从哪里开始", "零基础想学编程，先学哪一种语言比较好？"),
    ("猫不吃饭是什么原因", "我家的猫两天没有吃饭，只喝水，需要看兽医吗？"),
    ("高铁票如何退票", "车票已经取出来了，还可以在网上退票吗？"),
    ("月饼的做法", "中秋节到了，想自己做豆沙月饼。"),
    ("电脑开机蓝屏", "昨天更新以后，电脑一开机就蓝屏，重装系统能解决吗？"),
    ("東京の桜の名所を教えてください", "来週、友達と花見に行きたいです。上野公園は混みますか。"),
    ("自転車のパンク修理", "後輪がパンクしました。自分で直す方法を知りたいです。"),
    ("おすすめのラーメン屋", "札幌で味噌ラーメンが美味しい店はどこですか。"),
    ("パソコンが起動しない", "電源を入れても画面が真っ黒のままです。"),
    ("日本語能力試験の勉強方法", "漢字を覚えるのが苦手です。良い教科書はありますか。"),
    ("김치찌개 맛있게 끓이는 법", "돼지고기를 넣고 끓이면 더 맛있습니다."),
    ("서울에서 부산까지 기차 여행", "주말에 기차로 여행하려고 합니다."),
    ("휴대폰 화면이 깨졌어요", "수리 비용이 얼마나 드나요?"),
    ("วิธีทำต้มยำกุ้ง", "ต้องใช้กุ้งสดและตะไคร้"),
    ("C++ or C# for a game?", "I know neither."),
    ("Go is my first language", "It is said to be easy to learn."),
    ("R for statistics", "Which packages do you use to draw?"),
    ("My TV has no sound", "The picture is fine."),
    ("Flying from LA to NY", "Which airline has room for my legs?"),
    ("A .NET service on Linux", "Does it run there?"),
    ("5G at home", "Is it quicker than a cable?"),
)
ASKED = (
    ("登月", 0),
    ("手机电池", 1),
    ("电池耗电", 1),
    ("烤鸭餐厅", 2),
    ("编程语言", 3),
    ("猫 兽医", 4),
    ("退票", 5),
    ("豆沙", 6),
    ("蓝屏", 7),
    ("花見", 8),
    ("上野公園", 8),
    ("パンク", 9),
    ("自転車 修理", 9),
    ("味噌ラーメン", 10),
    ("画面 真っ黒", 11),
    ("漢字", 12),
    ("김치찌개", 13),
    ("기차 여행", 14),
    ("화면", 15),
    ("ต้มยำ", 16),
    ("c++", 17),
    ("C#", 17),
    ("go language", 18),
    ("r statistics", 19),
    ("tv", 20),
    ("LA NY", 21),
    (".net", 22),
    ("5g", 23),
)


@pytest.mark.slow
@pytest.mark.usefixtures("search_forum")
def test_every_query_finds_its_thread_first() -> None:
    names = {a_thread(title=title, body=body).id: str(number) for number, (title, body) in enumerate(TALK)}
    session.commit()
    documents = [Text(str(number), *texts) for number, texts in enumerate(TALK)]
    questions = [Text(f"q{number}", q, "") for number, (q, _) in enumerate(ASKED)]
    right = {f"q{number}": {str(answer)} for number, (_, answer) in enumerate(ASKED)}
    answers = run_questions("search", JudgedSet(documents, questions, right), names)
    missed = [q for (q, _), (found, wanted) in zip(ASKED, answers.lists, strict=True) if set(found[:1]) != wanted]
    assert missed == []
    assert metrics(answers)["MAP@100"] == "100.0"
