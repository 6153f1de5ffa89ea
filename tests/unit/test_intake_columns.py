"""Which column is which, by name and by content."""

import pytest

from hubconsole.errors import UsageProblem
from hubconsole.intake.columns import layout, signature
from hubconsole.intake.table import shape


def test_the_columns_of_a_tweet_export_are_recognised_by_name() -> None:
    columns = ("", "tweet_id", "author_id", "inbound", "created_at", "text", "response_tweet_id", "in_response_to_tweet_id")
    row = ["0", "1", "115712", "True", "Tue Oct 31 22:10:47 +0000 2017", "and how do you propose we do that", "2", "3.0"]
    found = layout(columns, [row])
    assert found.mapping() == {
        "id": "tweet_id",
        "customer": "author_id",
        "direction": "inbound",
        "time": "created_at",
        "text": "text",
        "replies": "response_tweet_id",
        "reply_to": "in_response_to_tweet_id",
    }
    assert found.channel() == "x"
    assert found.date_style == "tweet"


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (("Nachricht", "Absender", "Datum", "Betreff"), {"text": 0, "customer": 1, "time": 2, "subject": 3}),
        (("Expéditeur", "Message", "Date de création", "Réponse à"), {"text": 1, "customer": 0, "time": 2, "reply_to": 3}),
        (("remitente", "mensaje", "fecha", "asunto"), {"text": 1, "customer": 0, "time": 2, "subject": 3}),
        (("messageId", "parentId", "createdAt", "body", "authorName"), {"id": 0, "reply_to": 1, "time": 2, "text": 3, "customer": 4}),
        (("user.name", "user.screen_name", "full_text", "id_str"), {"customer": 0, "handle": 1, "text": 2, "id": 3}),
    ],
)
def test_names_in_several_languages_and_spellings_are_recognised(columns: tuple[str, ...], fields: dict[str, int]) -> None:
    row = ["words of some length"] * len(columns)
    assert layout(columns, [row]).fields == fields


def test_content_tells_what_names_do_not() -> None:
    rows = [
        [f"q{n}", f"2025-11-0{n} 10:00", f"Where is my parcel number {n}? I have been waiting for a while now.", "a"] for n in range(1, 6)
    ]
    found = layout(("1", "2", "3", "4"), rows, named=False)
    assert found.fields["text"] == 2
    assert found.fields["time"] == 1
    assert found.fields["id"] == 0


def test_a_mapping_has_the_last_word_and_the_rest_is_still_guessed() -> None:
    columns = ("id", "title", "body", "when")
    rows = [["1", "hello there", "a long body text", "2025-01-01"]]
    found = layout(columns, rows, {"text": "title", "time": "", "subject": ""})
    assert found.fields == {"text": 1, "id": 0}
    assert layout(columns, rows, {"date": "4"}).fields["time"] == 3


def test_a_wrong_field_or_column_is_named_together_with_the_right_ones() -> None:
    with pytest.raises(UsageProblem) as problem:
        layout(("id", "text"), [], {"colour": "id"})
    assert problem.value.code == "unknown_field"
    assert "customer" in problem.value.hint
    with pytest.raises(UsageProblem) as problem:
        layout(("id", "text"), [], {"customer": "who"})
    assert problem.value.code == "unknown_column"
    assert "'text'" in problem.value.hint


def test_a_table_without_anything_like_a_text_is_refused_with_the_way_out() -> None:
    with pytest.raises(UsageProblem) as problem:
        layout(("id", "n"), [["1", "2"]])
    assert problem.value.code == "no_text_column"
    assert "--map" in problem.value.hint


def test_the_signature_of_a_header_ignores_case_and_punctuation_but_not_order() -> None:
    assert signature(("Tweet ID", "Text")) == signature(("tweet_id", "text"))
    assert signature(("a", "b")) != signature(("b", "a"))


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "columns"),
    [
        ("id;text\n1;a, b, c\n2;d, e\n", ";", True, ("id", "text")),
        ("id\ttext\n1\ta\n", "\t", True, ("id", "text")),
        ("a|text\n1|x\n", "|", True, ("a", "text")),
        ("text\nOne sentence, with a comma\nAnother, with, two\n", ",", True, ("text",)),
        ("1,2025-01-01,My card is lost\n2,2025-01-02,It was found\n", ",", False, ("1", "2", "3")),
        ("id,id,,text\n1,2,3,x\n", ",", True, ("id", "2", "3", "text")),
    ],
)
def test_delimiter_and_header_are_guessed(text: str, delimiter: str, header: bool, columns: tuple[str, ...]) -> None:
    assert shape(text.splitlines(keepends=True)) == (delimiter, header, columns)
