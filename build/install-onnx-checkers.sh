#!/usr/bin/env bash
# Installs the programs that check exported ONNX models independently: build/install-onnx-checkers.sh
#   Debian's python3-onnx (the onnx checker) and python3-opencv (OpenCV's DNN module), which needs root;
#   npm's onnxruntime-node, into artifacts/onnx-checkers, at the version of the lock file.
# What cannot be installed is said and left out: the tests skip what is not there. Exits with 1 if something is missing at the end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly source=test/Microsoft.ML.VariationalDropout.Onnx.Tests/Checkers
readonly target=artifacts/onnx-checkers
readonly python=/usr/bin/python3
missing=0

say() { printf '%s\n' "$*"; }

has_module() { [[ -x $python ]] && "$python" -c "import $1" 2>/dev/null; }

# install_module MODULE PACKAGE : a module of Debian's Python.
install_module() {
  if has_module "$1"; then
    say "$2: is there"
  elif ! command -v apt-get >/dev/null; then
    say "$2: not installed: this machine has no apt-get"
  elif [[ $(id -u) -ne 0 ]]; then
    say "$2: not installed: apt-get needs root; run this script as root, or: apt-get install $2"
  else
    if [[ -z ${updated:-} ]]; then
      apt-get update -q >/dev/null || say "apt-get update failed; going on with the lists that are there"
      updated=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$2" >/dev/null && say "$2: installed" || say "$2: apt-get could not install it"
  fi
  has_module "$1" || missing=1
}

install_module onnx python3-onnx
install_module cv2 python3-opencv

if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
  say "onnxruntime-node: not installed: this machine has no Node.js with npm"
  missing=1
else
  mkdir -p "$target"
  cp "$source/package.json" "$source/package-lock.json" "$target/"
  # Its own install step would only fetch libraries for GPUs; those for the processor are in the package.
  if (cd "$target" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then
    say "onnxruntime-node: installed"
  else
    say "onnxruntime-node: npm could not install it"
    missing=1
  fi
fi

exit "$missing"
