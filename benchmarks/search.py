"""What it costs to take texts into the index of words, and to search: CPU time on made texts.

    python benchmarks/search.py [--texts 2000]

It reads no archive and judges no answer.
"""

import argparse
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scraper.search import INDEX
from scraper.store.word_index import TextFound, WordIndex

DAY = datetime(2026, 3, 1, tzinfo=UTC)
VOCABULARY = 40_000
SEARCHES = 20


def made_texts(count: int) -> list[str]:
    """Return texts of a headline and eight paragraphs whose words are as frequent as Zipf says."""
    chance = random.Random(1)  # the same texts each time
    words = [
        "".join(chance.choices("abcdefghijklmnoprstuvz", k=chance.randint(2, 11)))
        for _ in range(VOCABULARY)
    ]
    weights = [1 / (rank + 1) for rank in range(VOCABULARY)]
    sizes = (8, *[75] * 8)
    return [
        "\n\n".join(" ".join(chance.choices(words, weights, k=size)) for size in sizes)
        for _ in range(count)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    texts = made_texts(parser.parse_args().texts)
    size = sum(map(len, texts))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = [(row_of(number, text), text) for number, text in enumerate(texts, start=1)]
        with WordIndex(root / INDEX) as index:
            began = time.process_time()
            for at in range(0, len(rows), 200):
                index.add(rows[at : at + 200])
            taken = time.process_time() - began
            frequent = texts[0].split()[:SEARCHES]
            began = time.process_time()
            for word in frequent:
                index.find(f'"{word}"', most=80)
            asked = (time.process_time() - began) / len(frequent)
        share = (root / INDEX).stat().st_size / size
    print(
        f"{len(texts)} texts of {size // len(texts)} characters: {taken / len(texts) * 1e3:.2f} ms"
    )
    print(f"each to take in; index {share:.2f} times the texts; a search {asked * 1e3:.1f} ms")


def row_of(number: int, text: str) -> TextFound:
    return TextFound(
        id=number, sha256="", file="", created=DAY, article_id=number, outlet="made",
        url=f"https://made.example/{number}", title=text[:40], published=None,
    )  # fmt: skip


if __name__ == "__main__":
    main()
