"""Finding a command by a few letters of its name."""

from __future__ import annotations

import itertools


def match(pattern: str, text: str) -> tuple[int, ...] | None:
    """Positions in `text` of the letters of `pattern` in order, or None. Spaces and case do not matter.

    Prefers letters at the start of words, then runs, by trying every place for the first letter.
    """
    letters = [letter for letter in pattern.casefold() if not letter.isspace()]
    folded = text.casefold()
    if not letters:
        return ()
    if len(folded) != len(text):
        return None
    starts = [index for index, letter in enumerate(folded) if letter == letters[0]]
    found = [hit for start in starts if (hit := _follow(letters, folded, start)) is not None]
    return max(found, key=lambda hit: score(hit, text), default=None)


def _follow(letters: list[str], text: str, start: int) -> tuple[int, ...] | None:
    """Take each letter at the next word start if the rest still fits, else at its next place."""
    positions = [start]
    for number, letter in enumerate(letters[1:], 2):
        here = positions[-1] + 1
        places = [index for index in range(here, len(text)) if text[index] == letter]
        fits = [index for index in places if _contains(letters[number:], text[index + 1 :])]
        if not fits:
            return None
        run = here if here in fits else None
        word = next((index for index in fits if _is_start(text, index)), None)
        positions.append(run if run is not None else word if word is not None else fits[0])
    return tuple(positions)


def _contains(letters: list[str], text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _is_start(text: str, index: int) -> bool:
    return index == 0 or not text[index - 1].isalnum()


def score(hit: tuple[int, ...], text: str) -> float:
    """How good a match is; more is better."""
    starts = sum(_is_start(text, index) for index in hit)
    runs = sum(after - before == 1 for before, after in itertools.pairwise(hit))
    return 10 * starts + 8 * runs - 0.1 * (hit[0] if hit else 0) - 0.1 * len(text)


def rank(pattern: str, titles: list[str]) -> list[tuple[int, tuple[int, ...]]]:
    """Indices of the titles that match, best first, each with the positions of its matching letters."""
    hits = [(index, hit) for index, title in enumerate(titles) if (hit := match(pattern, title)) is not None]
    return sorted(hits, key=lambda item: -score(item[1], titles[item[0]])) if pattern.strip() else hits
