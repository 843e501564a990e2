from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from picture_samples import make_document, make_noise

from studio.model.document import Document


@pytest.fixture
def data() -> Path:
    return Path(__file__).parent / "data"


@pytest.fixture
def noise() -> Callable[..., np.ndarray]:
    """Noise of a shape and dtype, the same every time."""
    return make_noise


@pytest.fixture(params=["8", "16"])
def document(request: pytest.FixtureRequest) -> Document:
    """A document with every kind of node and property, in both depths."""
    return make_document(request.param)


@pytest.fixture
def off_thread() -> Iterator[Callable[..., Any]]:
    """Calls a function in another thread and gives back what it returns."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda function, *args: pool.submit(function, *args).result(timeout=60)
