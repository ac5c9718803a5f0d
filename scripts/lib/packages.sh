# Installs Debian packages that are missing; asks for nothing. Sourced by the scripts beside it.

# need_packages NAME…  Installs what dpkg does not know as installed.
need_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  echo "installing ${missing[*]}" >&2
  local root=()
  [[ $(id -u) -eq 0 ]] || root=(sudo -n)
  "${root[@]}" apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# need_swift  Stops with one clear line when there is no Swift 6.3 toolchain.
need_swift() {
  command -v swift >/dev/null || { echo "error: no swift on the PATH; the hub is built with Swift 6.3 or later (swift.org/install)" >&2; exit 1; }
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  [[ $(printf '%s\n6.3\n' "$version" | sort -V | head -n 1) == 6.3 ]] || { echo "error: Swift $version found; the hub is built with Swift 6.3 or later" >&2; exit 1; }
}

build_packages=(libsqlite3-dev libssl-dev libyaml-dev zlib1g-dev)
