#!/usr/bin/env bash
# Brings libtorch 2.11.0 into the user's cache and tells Cargo where it is.
#
# The library comes from the PyPI wheels (no Python is needed at run time), each checked by SHA-256.
# What is already there is not fetched again: a second run does nothing, and one that was cut off goes on
# with the wheel it was at. A user's own LIBTORCH wins.
set -euo pipefail

version=2.11.0
home=${XDG_CACHE_HOME:-$HOME/.cache}/vaxloom/libtorch-$version
tree=$(cd "$(dirname "$0")/.." && pwd)
config=$tree/.cargo/config.toml

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# need COMMAND PACKAGE: the command, or the name of the package that has it.
need() {
    command -v "$1" >/dev/null 2>&1 && return
    die "$1 is missing. Install the package $2: sudo apt-get install $2 (Debian, Ubuntu) or sudo dnf install ${3:-$2} (Fedora, RHEL)"
}

check_prerequisites() {
    command -v cargo >/dev/null 2>&1 || die "cargo is missing. Install Rust 1.95 or later with rustup (https://rustup.rs)"
    need g++ g++ gcc-c++
    need python3 python3
    python3 -m pip --version >/dev/null 2>&1 ||
        die "pip is missing. Install the package python3-pip: sudo apt-get install python3-pip (Debian, Ubuntu) or sudo dnf install python3-pip (Fedora, RHEL)"
}

# Lines of: requirement, platform tag, SHA-256. The aarch64 and macOS wheels hold no CUDA libraries.
wheels() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64)
        echo "torch==2.11.0 manylinux_2_28_x86_64 7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a"
        echo "nvidia-cuda-cupti==13.0.85 manylinux_2_25_x86_64 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"
        echo "nvidia-cuda-runtime==13.0.96 manylinux2014_x86_64 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"
        ;;
    *) die "$(uname -s) on $(uname -m) has no checked libtorch here yet: install libtorch $version by hand and set LIBTORCH to its folder" ;;
    esac
}

# fetch REQUIREMENT PLATFORM SHA256: one wheel into $home/wheels/SHA256.whl, verified.
fetch() {
    local target=$home/wheels/$3.whl part=$home/wheels/$3.part
    [ -f "$target" ] && return
    say "fetching $1"
    rm -rf "$part" && mkdir -p "$part"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --implementation cp --python-version 3.11 --abi cp311 --abi none --platform "$2" --dest "$part" "$1" ||
        die "pip could not fetch $1: see its message above; run make setup again to go on"
    local found
    found=$(sha256sum "$part"/*.whl | cut -d' ' -f1)
    [ "$found" = "$3" ] || die "$1: SHA-256 is $found, expected $3; remove $part and run make setup again"
    mv "$part"/*.whl "$target" && rmdir "$part"
}

# The parts of a wheel that building and running need.
unpack() {
    python3 - "$1" "$home" <<'PY'
import sys, zipfile
wheel, home = sys.argv[1:]
wanted = ("torch/lib/", "torch/include/", "nvidia/cu13/lib/")
with zipfile.ZipFile(wheel) as z:
    z.extractall(home, [n for n in z.namelist() if n.startswith(wanted) and not n.endswith(".a")])
PY
}

# The linker sees only the CPU libraries; the CUDA ones are opened at run time where there is a GPU.
link_view() {
    local lib=$home/build/lib
    mkdir -p "$lib"
    for name in libtorch_cpu.so libc10.so libgomp.so.1; do ln -sfn "../../torch/lib/$name" "$lib/$name"; done
    ln -sfn libtorch_cpu.so "$lib/libtorch.so"
    ln -sfn ../torch/include "$home/build/include"
    echo "$version" >"$home/build/build-version"
}

install_libtorch() {
    [ -f "$home/complete" ] && return
    local list
    list=$(wheels)
    mkdir -p "$home/wheels"
    while read -r requirement platform sha; do
        fetch "$requirement" "$platform" "$sha"
        say "unpacking $requirement"
        unpack "$home/wheels/$sha.whl"
    done <<<"$list"
    link_view
    echo "$list" >"$home/complete"
    rm -rf "$home/wheels"
    say "libtorch $version is in $home"
}

# Cargo hands LIBTORCH to the build scripts; the file is this clone's own and not under version control.
point_cargo() {
    local wanted="[env]
LIBTORCH = { value = \"$home/build\", force = false }"
    [ -f "$config" ] && [ "$(cat "$config")" = "$wanted" ] && return
    mkdir -p "$(dirname "$config")"
    printf '%s\n' "$wanted" >"$config"
}

check_prerequisites
if [ -n "${LIBTORCH:-}" ]; then
    say "LIBTORCH is set: using it"
    exit 0
fi
install_libtorch
point_cargo
