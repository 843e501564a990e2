"""Commands, their keys, and finding them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app.actions import COMMANDS
from studio.app.commands import Command, CommandRegistry, DuplicateCommand
from studio.app.fuzzy import match, rank
from studio.app.keymap import Keymap, normal, parts
from studio.app.settings import Settings
from studio.model.errors import UserError


def nothing(app) -> None:
    """A command that does nothing."""


def command(id: str, keys: str = "", **more) -> Command:
    return Command(id, id.title(), "Test", more.pop("run", nothing), keys, **more)


def test_registering_gives_its_own_undo():
    registry = CommandRegistry()
    forget = registry.add(command("a"), command("b"))
    forget()
    assert len(registry) == 0


def test_a_taken_id_is_refused_and_nothing_of_the_batch_is_added():
    registry = CommandRegistry()
    registry.add(command("a"))
    with pytest.raises(DuplicateCommand, match="a"):
        registry.add(command("b"), command("a"))
    with pytest.raises(DuplicateCommand, match="c"):
        registry.add(command("c"), command("c"))
    assert [item.id for item in registry] == ["a"]


def test_a_disabled_command_does_not_run(session):
    ran = []
    session.app.commands.add(command("x", run=ran.append, enabled=lambda app: False))
    assert not session.app.run_command("x")
    assert ran == []


def test_what_a_command_raises_becomes_a_notice(session):
    def refuse(app):
        raise UserError("Not now.", "Later.")

    def break_(app):
        raise ZeroDivisionError("oops")

    session.app.commands.add(command("refuse", run=refuse), command("break", run=break_))
    assert not session.app.run_command("refuse")
    assert not session.app.run_command("break")
    told, broken = session.app.notices.items
    assert (told.sentence, told.hint, told.details) == ("Not now.", "Later.", "")
    assert broken.sentence == "Break failed unexpectedly." and "ZeroDivisionError: oops" in broken.details


def test_every_command_is_in_a_menu_and_has_a_distinct_title():
    assert all(item.menu and item.title for item in COMMANDS)
    titles = [(item.menu, item.title) for item in COMMANDS]
    assert len(set(titles)) == len(titles)


def test_no_two_commands_claim_the_same_keys(session):
    keymap = Keymap(session.app.commands, session.app.settings)
    assert keymap.conflicts() == []


@pytest.mark.parametrize("id", [item.id for item in COMMANDS])
def test_every_command_that_is_enabled_with_nothing_open_copes(session, id):
    session.app.run_command(id)
    session.idle()
    assert not [notice for notice in session.app.notices.items if notice.details]


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("shift+ctrl+z", "Ctrl+Shift+Z"),
        ("Ctrl++", "Ctrl++"),
        ("+", "+"),
        ("z", "Z"),
        ("Alt+Shift+F6", "Alt+Shift+F6"),
        ("Shift+Alt+F6", "Alt+Shift+F6"),
    ],
)
def test_equal_keys_have_one_spelling(given_, wanted):
    assert normal(given_) == wanted


def test_alternatives_are_parted_by_semicolons_so_that_a_comma_can_be_a_key():
    assert parts("Ctrl+,; Ctrl+Y") == ("Ctrl+,", "Ctrl+Y")
    assert parts("") == ()


@pytest.fixture
def keymap() -> tuple[Keymap, CommandRegistry, Settings]:
    registry, settings = CommandRegistry(), Settings()
    registry.add(command("a", "Ctrl+A"), command("b", "Ctrl+B; Ctrl+Shift+B"), command("c"))
    return Keymap(registry, settings), registry, settings


def test_assigning_taken_keys_takes_them_from_the_other_command_only(keymap):
    keys, registry, _ = keymap
    assert [user.id for user in keys.users_of("ctrl+b", but=registry["a"])] == ["b"]
    keys.set(registry["a"], "Ctrl+B")
    assert (keys.keys(registry["a"]), keys.keys(registry["b"])) == ("Ctrl+B", "Ctrl+Shift+B")
    assert keys.conflicts() == []


def test_only_changes_are_kept_and_a_reset_forgets_them(keymap):
    keys, registry, settings = keymap
    keys.set(registry["c"], "Ctrl+C")
    assert settings.window.shortcuts == {"c": "Ctrl+C"}
    keys.set(registry["a"], "Ctrl+B")
    keys.reset(registry["b"])
    assert keys.keys(registry["b"]) == "Ctrl+B; Ctrl+Shift+B"
    assert keys.keys(registry["a"]) == ""
    keys.reset_all()
    assert settings.window.shortcuts == {}
    assert all(keys.is_default(item) for item in registry)


def test_keys_can_be_removed_altogether(keymap):
    keys, registry, settings = keymap
    keys.set(registry["a"], "")
    assert settings.window.shortcuts == {"a": ""}
    assert keys.keys(registry["a"]) == ""


TITLES = [
    "New Layer",
    "Duplicate Layer",
    "Deselect",
    "Fill with Foreground",
    "Generate with New Seed",
    "Undo",
]


@pytest.mark.parametrize(
    ("pattern", "first"),
    [("nl", "New Layer"), ("dup", "Duplicate Layer"), ("fwf", "Fill with Foreground"), ("undo", "Undo"),
     ("gns", "Generate with New Seed"), ("des", "Deselect")],
)  # fmt: skip
def test_a_few_letters_find_the_command(pattern, first):
    assert TITLES[rank(pattern, TITLES)[0][0]] == first


def test_a_word_is_preferred_to_scattered_letters():
    ((_, hit),) = rank("new", ["Generate with New Seed"])
    assert hit == (14, 15, 16)


def test_nothing_typed_lists_everything_in_its_order_and_nonsense_lists_nothing():
    assert [index for index, _ in rank("  ", TITLES)] == list(range(len(TITLES)))
    assert rank("zzz", TITLES) == []


@given(st.text(max_size=8), st.text(max_size=20))
def test_a_match_names_the_places_of_the_letters_in_order(pattern, text):
    hit = match(pattern, text)
    letters = [letter for letter in pattern.casefold() if not letter.isspace()]
    if hit is not None:
        assert [text.casefold()[place] for place in hit] == letters
        assert list(hit) == sorted(set(hit))


@given(st.text(alphabet="abc XY", max_size=12), st.data())
def test_letters_taken_from_a_text_in_order_are_found_in_it(text, data):
    kept = "".join(letter for letter in text if data.draw(st.booleans()))
    assert match(kept, text) is not None
