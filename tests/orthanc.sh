#!/bin/sh
# The test of the guard drives two real Orthanc servers. Where none is found it is installed from Debian's packages,
# without starting the service that comes with it; elsewhere the test says so and is skipped (in CI it fails).
PATH="$PATH:/usr/sbin:/usr/local/sbin"
command -v Orthanc >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing Orthanc for the test of the guard …"
  [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; ours=yes; }
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends orthanc >/dev/null
  [ -z "$ours" ] || rm /usr/sbin/policy-rc.d
else
  echo "No Orthanc found: the test of the guard will say so and be skipped."
fi
