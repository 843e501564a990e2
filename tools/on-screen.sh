#!/bin/sh
# Run a command with real windows on a virtual screen: tools/on-screen.sh "XVFB ARGUMENTS" COMMAND...
# Without Xvfb (macOS, or no right to install it) Qt draws into memory instead.
set -eu

screen=$1
shift
if command -v xvfb-run >/dev/null 2>&1; then
    # A virtual screen has no Wayland; without this, Qt on a Wayland desktop would draw there.
    unset WAYLAND_DISPLAY
    QT_QPA_PLATFORM=xcb exec xvfb-run -a -s "$screen" "$@"
fi
if [ "$(uname -s)" = Linux ]; then
    echo "xvfb-run was not found: windows are drawn into memory, not on a screen." >&2
fi
QT_QPA_PLATFORM=offscreen exec "$@"
