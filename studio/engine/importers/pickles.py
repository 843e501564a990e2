"""Pickle streams read as data: a machine that keeps names and arguments and never looks anything up.

Format: the opcodes of Python's own `pickletools`. Where Python's reader would import a class and call it,
this one writes down a `Global` and a `Call`. So nothing in a file can run, and what a file asks for can be
told to the person. Names outside an allow-list end the reading with `Forbidden`. Work and memory are bounded
by `MAX_STEPS`, whatever a short file asks for.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

MAX_STEPS = 2_000_000
MAX_BITS = 256
MAX_WORDS = 120  # letters of a file's own that are repeated in a sentence
PLAIN = {str, bytes, int, float, bool, type(None)}
DICTS = {
    ("collections", "OrderedDict"),
    ("typing", "OrderedDict"),
    ("builtins", "dict"),
    ("dnnlib.util", "EasyDict"),
}
Allowed = Callable[[str, str], bool]


class Readable(Protocol):
    """What a stream is read from; ``read`` must give no more than there is, whatever length is asked for."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes."""
        ...

    def readline(self) -> bytes:
        """Bytes up to a line's end."""
        ...


class Forbidden(ValueError):
    """The stream names something that weights have no need of."""

    def __init__(self, name: str) -> None:
        shown = name[:MAX_WORDS]
        super().__init__(f"it asks to run “{shown}”, which weights have no need of; nothing of it was run")


@dataclass(frozen=True)
class Global:
    """The name of a class or function, never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False)
class Call:
    """What Python would have made by calling ``target``; ``state`` is what it would have been filled with."""

    target: Global
    args: tuple[Any, ...]
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict[Any, Any])


@dataclass(frozen=True)
class Persistent:
    """A reference to something outside of the stream."""

    id: Any


class Machine:
    """Reads one stream. ValueError when it is damaged, Forbidden when it names what ``allowed`` refuses."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._left = MAX_STEPS

    def read(self, source: Readable) -> Any:
        """The value of the stream that begins here; the source stands behind it afterwards."""
        try:
            for opcode, argument, _ in pickletools.genops(cast(Any, source)):
                self._spend(1)
                if opcode.name == "STOP":
                    return self._stack.pop()
                self._step(opcode.name, argument)
        except Forbidden:
            raise
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"its description is damaged ({str(error)[:MAX_WORDS]})") from None
        raise ValueError("its description is cut off")

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise ValueError("it is too long")

    def _step(self, name: str, argument: Any) -> None:
        if name in LITERALS:
            if isinstance(argument, int) and argument.bit_length() > MAX_BITS:
                raise ValueError("a number is too long")
            self._stack.append(argument)
        elif name in FRESH:
            self._stack.append(FRESH[name]())
        elif name in CONSTANTS:
            self._stack.append(CONSTANTS[name])
        else:
            action = getattr(self, f"_{name.lower()}", None)
            if action is None:
                raise ValueError(f"it uses {name}")
            action(argument)

    def _collect(self) -> list[Any]:
        found = self._stack
        self._stack = self._marks.pop()
        return found

    def _name(self, module: str, name: str) -> None:
        if not self._allowed(module, name):
            raise Forbidden(f"{module}.{name}")
        self._stack.append(Global(module, name))

    def _proto(self, _: Any) -> None:
        pass

    _frame = _proto

    def _mark(self, _: Any) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._name(module, name)

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not (isinstance(name, str) and isinstance(module, str)):
            raise ValueError("a name is no text")
        self._name(module, name)

    def _reduce(self, _: Any) -> None:
        args, target = self._stack.pop(), self._stack.pop()
        self._stack.append(self._called(target, args))

    _newobj = _reduce

    def _newobj_ex(self, _: Any) -> None:
        keywords, args, target = self._stack.pop(), self._stack.pop(), self._stack.pop()
        self._spend(len(args))
        self._stack.append(self._called(target, (*args, keywords)))

    def _called(self, target: object, args: object) -> Any:
        """Ordered dicts become dicts; every other call is only written down."""
        if not isinstance(target, Global) or not isinstance(args, tuple):
            raise ValueError("something is called that cannot be")
        given = cast(tuple[Any, ...], args)
        if (target.module, target.name) not in DICTS:
            return Call(target, given)
        entries = cast(Sequence[tuple[Any, Any]], given[0] if given else ())
        self._spend(len(entries))
        return mapping(cast(dict[Any, Any], entries).items() if isinstance(entries, dict) else entries)

    def _build(self, _: Any) -> None:
        state, made = self._stack.pop(), self._stack[-1]
        if isinstance(made, Call):
            made.state = state

    def _setitem(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        items_of(self._stack[-1]).update(mapping([(key, value)]))

    def _setitems(self, _: Any) -> None:
        pairs = self._collect()
        items_of(self._stack[-1]).update(mapping(zip(pairs[::2], pairs[1::2], strict=True)))

    def _dict(self, _: Any) -> None:
        pairs = self._collect()
        self._stack.append(mapping(zip(pairs[::2], pairs[1::2], strict=True)))

    def _append(self, _: Any) -> None:
        value = self._stack.pop()
        list_of(self._stack[-1]).append(value)

    def _appends(self, _: Any) -> None:
        values = self._collect()
        list_of(self._stack[-1]).extend(values)

    def _additems(self, _: Any) -> None:
        values = self._collect()
        list_of(self._stack[-1]).extend(values)

    def _list(self, _: Any) -> None:
        members = self._collect()
        self._stack.append(members)

    def _tuple(self, _: Any) -> None:
        members = tuple(self._collect())
        self._stack.append(members)

    _frozenset = _tuple

    def _tuple1(self, _: Any) -> None:
        self._take(1)

    def _tuple2(self, _: Any) -> None:
        self._take(2)

    def _tuple3(self, _: Any) -> None:
        self._take(3)

    def _take(self, count: int) -> None:
        if len(self._stack) < count:
            raise IndexError("a value is missing")
        self._stack[-count:] = [tuple(self._stack[-count:])]

    def _pop(self, _: Any) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._collect()

    def _pop_mark(self, _: Any) -> None:
        self._collect()

    def _dup(self, _: Any) -> None:
        self._stack.append(self._stack[-1])

    def _binput(self, key: int) -> None:
        self._memo[key] = self._stack[-1]

    _long_binput = _put = _binput

    def _memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _binget(self, key: int) -> None:
        self._stack.append(self._memo[key])

    _long_binget = _get = _binget

    def _binpersid(self, _: Any) -> None:
        self._stack.append(Persistent(self._stack.pop()))


LITERALS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "FLOAT", "BINFLOAT",
}  # fmt: skip
FRESH: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
    "EMPTY_TUPLE": tuple,
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}


def mapping(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dict whose keys are plain values: hashing others would follow their parts as deep as a file likes."""
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if type(key) not in PLAIN:
            raise ValueError("an entry is named by what is no plain value")
        found[key] = value
    return found


def items_of(made: object) -> dict[Any, Any]:
    """Where entries of a mapping are put."""
    found = made.items if isinstance(made, Call) else made
    if not isinstance(found, dict):
        raise ValueError("an entry is put into what is no mapping")
    return cast(dict[Any, Any], found)


def list_of(made: object) -> list[Any]:
    """Where members of a list are put."""
    if isinstance(made, Call):
        return made.items.setdefault("", [])
    if not isinstance(made, list):
        raise ValueError("a member is put into what is no list")
    return cast(list[Any], made)
