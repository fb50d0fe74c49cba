#!/bin/sh
# The browser tests drive a real Chromium. Where none is found it is installed from Debian's packages;
# elsewhere install Chromium or Chrome yourself, or name it in CATAMNESIS_CHROMIUM.
for browser in "$CATAMNESIS_CHROMIUM" chromium chromium-browser google-chrome; do
  [ -n "$browser" ] && command -v "$browser" >/dev/null && exit 0
done
[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests …"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
  sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "No Chromium found: the browser tests will say so and be skipped (in CI they fail)."
fi
