"""The start of the studio as a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from studio.ui import app as face

show = face.Studio.show

def shown(self, files=()):
    show(self, files)
    self._soon.setInterval(3_600_000)
    wait = QTimer(self.window, interval=20)
    def look():
        if self.window.docks.filled and (self.app.documents or not files):
            if files:
                raise_later(self)
            self.window.close()
    wait.timeout.connect(look)
    wait.start()

def raise_later(self):
    try:
        raise ZeroDivisionError("on purpose")
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())

face.Studio.show = shown
code = face.run(sys.argv[1:])
print("torch" in sys.modules)
sys.exit(code)
"""


def start(home: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LATENT_STUDIO_HOME": str(home)}
    command = [sys.executable, "-c", SCRIPT, *map(str, files)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_studio_opens_a_file_writes_its_log_and_settings_and_ends(png, studio_home):
    done = start(studio_home, png)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False"], "torch was imported before it was needed"
    settings = json.loads((studio_home / "config" / "settings.json").read_text())
    assert settings["window"]["recent"] == [str(png)]
    assert settings["window"]["layout"]
    assert "ZeroDivisionError: on purpose" in (studio_home / "log" / "studio.log").read_text()


def test_the_studio_starts_where_nothing_can_be_written(tmp_path):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    done = start(blocked)
    assert done.returncode == 0, done.stderr
