# Sourced by tools/quickstart and tools/check: brings the Debian packages that are missing.

# need "why" package...: remembers what is not installed yet.
missing=()
need() {
  local why=$1
  shift
  for package in "$@"; do
    if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed'; then
      echo "missing: $package ($why)" >&2
      missing+=("$package")
    fi
  done
}

# Installs what need() found, as root or through sudo; otherwise prints the one line to run.
install_missing() {
  [ ${#missing[@]} -eq 0 ] && return 0
  local prefix=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
      prefix=(sudo)
    else
      echo "Not root and no sudo without a password. Run this line, then start again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
  fi
  "${prefix[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || return 1
  "${prefix[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || {
    echo "apt-get could not install: ${missing[*]}" >&2
    return 1
  }
}

need_to_build() {
  need "compiler" g++
  need "build system" cmake ninja-build
  need "JSON" nlohmann-json3-dev
  need "TOML" libtomlplusplus-dev
  need "text formatting" libfmt-dev
  need "zip archives" zlib1g-dev
  need "SHA-256" libssl-dev
  need "PNG pictures" libpng-dev
}
