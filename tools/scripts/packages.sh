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

# apt_get arguments...: runs apt-get. While another process holds one of the locks of the package database, as every new
# server does for a minute, it tries again, for up to `lock_patience` seconds. apt's own DPkg::Lock::Timeout does not
# cover the lock on the lists, which update takes.
lock_patience=${lock_patience:-600}
apt_get() {
  local until=$((SECONDS + lock_patience)) waiting='' errors status
  errors=$(mktemp)
  while true; do
    status=0
    "${prefix[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >&2 2>"$errors" || status=$?
    if [ $status -eq 0 ] || [ $SECONDS -ge $until ] || ! grep -q 'Could not get lock' "$errors"; then
      cat "$errors" >&2
      rm -f "$errors"
      return $status
    fi
    if [ -z "$waiting" ]; then
      echo "The package database is locked by another process; waiting for up to $lock_patience s." >&2
      waiting=yes
    fi
    sleep 1
  done
}

# wish "why" package...: the same for what the program can do without.
wished=()
wish() {
  local why=$1
  shift
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' && continue
    echo "missing, not required: $package ($why)" >&2
    wished+=("$package")
  done
}

# Installs what need() and wish() found, as root or through sudo; otherwise prints the one line to run. Only what is
# needed decides whether it succeeds.
install_missing() {
  if [ ${#missing[@]} -eq 0 ]; then
    [ ${#wished[@]} -eq 0 ] && return 0
    missing=("${wished[@]}") wished=()
    install_missing || echo "Going on without: ${missing[*]}" >&2
    missing=()
    return 0
  fi
  local prefix=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
      prefix=(sudo)
    else
      echo "Not root and no sudo without a password. Run this line, then start again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]} ${wished[*]}" >&2
      return 1
    fi
  fi
  apt_get update || return 1
  apt_get install -y --no-install-recommends "${missing[@]}" || {
    echo "apt-get could not install: ${missing[*]}" >&2
    return 1
  }
  missing=()
  install_missing
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
  wish "HDF5 files" libhdf5-dev
  wish "MATLAB files" libmatio-dev
  wish "ONNX files" libonnx-dev libprotobuf-dev
}
