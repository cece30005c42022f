# shellcheck shell=bash
# What building and testing Masthead asks of a machine: how to see each need, and the line that meets it.
# Sourced by the scripts beside it. A further need is one `has_…`, one row of `describe` and one of `install_line`.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
PATH="$PWD/.tools/bin:${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"

# shellcheck disable=SC2034 # read by the scripts that source this file
build_needs=(certificates rust compiler headers make perl)
# shellcheck disable=SC2034
test_needs=(postgres node typegen schemathesis strapi_client tus_client s3 moto nginx chromium browser)
# shellcheck disable=SC2034
lint_needs=(clippy deny shellcheck)

rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
node_wanted=20
typegen_wanted=7.10.1
schemathesis_wanted=4.4.0
moto_wanted=5.2.5
postgres_wanted=15

# `at_least 1.96.0 1.95`: whether the first version is the second or newer, by major and minor.
at_least() {
    local major minor major_wanted minor_wanted
    IFS=. read -r major minor _ <<<"$1"
    IFS=. read -r major_wanted minor_wanted _ <<<"$2"
    major=${major%%[!0-9]*} minor=${minor%%[!0-9]*}
    ((${major:-0} > major_wanted || (${major:-0} == major_wanted && ${minor:-0} >= ${minor_wanted:-0})))
}

package_manager() {
    local manager
    [[ $(uname -s) == Darwin ]] && echo brew && return
    for manager in apt-get dnf; do
        command -v "$manager" >/dev/null && echo "$manager" && return
    done
    echo unknown
}

# The first folder with the programs of a PostgreSQL that is new enough.
postgres_bin() {
    local dir
    for dir in "$(dirname "$(command -v pg_ctl || echo /)")" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        [[ -x $dir/initdb && -x $dir/pg_ctl && -x $dir/postgres ]] || continue
        at_least "$("$dir/postgres" --version | awk '{print $3}')" "$postgres_wanted" && echo "$dir" && return
    done
    return 1
}

has_rust() {
    command -v cargo >/dev/null && at_least "$(rustc --version 2>/dev/null | awk '{print $2}')" "$rust_wanted"
}
# `cc` also links what Rust compiles, whatever CC says.
has_compiler() { command -v cc >/dev/null && command -v "${CC:-cc}" >/dev/null; }
# Without a compiler there is nothing to ask for headers; the compiler's line brings them.
has_headers() { ! has_compiler || echo '#include <stdlib.h>' | "${CC:-cc}" -E - >/dev/null 2>&1; }
has_make() { command -v make >/dev/null; }
# What OpenSSL's configuration imports; a Debian without the package `perl` has only some of it.
has_perl() {
    perl -MFindBin -MIPC::Cmd -MData::Dumper -MFile::Compare -MFile::Copy -MPod::Usage -MText::ParseWords -e 1 \
        2>/dev/null
}
# Where cargo looks on Debian and on Fedora; macOS brings its own.
has_certificates() {
    [[ $(uname -s) != Linux || -e ${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt} ||
        -e /etc/pki/tls/certs/ca-bundle.crt ]]
}
has_node() { at_least "$(node --version 2>/dev/null | tr -d v)" "$node_wanted"; }
has_postgres() { [[ -n ${TEST_POSTGRES_URL:-} ]] || postgres_bin >/dev/null; }
has_typegen() { [[ -x .tools/node/node_modules/.bin/openapi-typescript && -x .tools/node/node_modules/.bin/tsc ]]; }
has_schemathesis() { [[ -x .tools/python/bin/schemathesis ]]; }
# The version that its package file names, as it comes from npm.
has_strapi_client() {
    [[ -d tests/strapi-client/node_modules/@strapi/client ]] &&
        cmp -s tests/strapi-client/package-lock.json tests/strapi-client/node_modules/.masthead-lock
}
has_tus_client() {
    [[ -d tests/tus-client/node_modules/tus-js-client ]] &&
        cmp -s tests/tus-client/package-lock.json tests/tus-client/node_modules/.masthead-lock
}
has_s3() { command -v s3s-fs >/dev/null; }
has_moto() { [[ -x .tools/moto/bin/moto_server ]]; }
# With what its test asks it by, and makes a certificate with.
has_nginx() {
    PATH="$PATH:/usr/sbin:/sbin" command -v nginx >/dev/null && command -v curl >/dev/null && command -v openssl >/dev/null
}
# Under any of its names; the tests of pages look for the same ones.
has_chromium() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    return 1
}
# What drives it, as its package file names it.
has_browser() {
    [[ -d tests/browser/node_modules/puppeteer-core ]] &&
        cmp -s tests/browser/package-lock.json tests/browser/node_modules/.masthead-lock
}
has_nextest() { cargo nextest --version >/dev/null 2>&1; }
has_clippy() { cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1; }
has_deny() { cargo deny --version >/dev/null 2>&1; }
has_shellcheck() { command -v shellcheck >/dev/null; }

describe() {
    case $1 in
    rust) echo "Rust $rust_wanted or newer (rustc and cargo)" ;;
    compiler) echo "a C compiler (${CC:-cc}): SQLite, libpq and OpenSSL are compiled in" ;;
    headers) echo "the C library's headers (stdlib.h)" ;;
    make) echo 'make: OpenSSL is compiled in' ;;
    perl) echo 'Perl with its core modules: OpenSSL is compiled in' ;;
    certificates) echo 'TLS certificates: cargo downloads the dependencies' ;;
    node) echo "Node.js $node_wanted or newer" ;;
    postgres) echo "PostgreSQL $postgres_wanted or newer" ;;
    typegen) echo 'openapi-typescript and TypeScript 5' ;;
    schemathesis) echo 'schemathesis' ;;
    strapi_client) echo 'the official @strapi/client of tests/strapi-client' ;;
    tus_client) echo 'the official tus-js-client of tests/tus-client' ;;
    s3) echo 's3s-fs, an S3 server for tests' ;;
    moto) echo 'moto, another S3 server for tests' ;;
    nginx) echo 'nginx, curl and openssl' ;;
    chromium) echo 'Chromium' ;;
    browser) echo 'puppeteer and axe of tests/browser' ;;
    nextest) echo 'cargo-nextest' ;;
    clippy) echo 'clippy and rustfmt' ;;
    deny) echo 'cargo-deny' ;;
    shellcheck) echo 'shellcheck' ;;
    esac
}

# The exact line that installs a need on this machine.
install_line() {
    local manager sudo='' packages=''
    manager=$(package_manager)
    [[ $EUID == 0 ]] || sudo='sudo '
    case $1:$manager in
    rust:*)
        if command -v rustup >/dev/null; then
            echo 'rustup update stable && rustup default stable'
        else
            echo "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
        fi
        return
        ;;
    clippy:*) echo 'rustup component add clippy rustfmt' && return ;;
    # TypeScript 7 does not run the generator.
    typegen:*)
        echo "npm install --prefix .tools/node --no-audit --no-fund openapi-typescript@$typegen_wanted typescript@5.9.3"
        return
        ;;
    schemathesis:*)
        # Its generator does not run on a newer hypothesis.
        echo "python3 -m venv .tools/python &&" \
            ".tools/python/bin/pip install --quiet schemathesis==$schemathesis_wanted hypothesis==6.148.0"
        return
        ;;
    strapi_client:*)
        echo 'npm ci --prefix tests/strapi-client && cp tests/strapi-client/package-lock.json tests/strapi-client/node_modules/.masthead-lock'
        return
        ;;
    browser:*)
        echo 'npm ci --prefix tests/browser && cp tests/browser/package-lock.json tests/browser/node_modules/.masthead-lock'
        return
        ;;
    tus_client:*)
        echo 'npm ci --prefix tests/tus-client && cp tests/tus-client/package-lock.json tests/tus-client/node_modules/.masthead-lock'
        return
        ;;
    s3:*)
        echo 'cargo install s3s-fs@0.14.1 --debug --features binary --locked --root .tools'
        return
        ;;
    moto:*)
        echo "python3 -m venv .tools/moto && .tools/moto/bin/pip install --quiet 'moto[s3,server]==$moto_wanted'"
        return
        ;;
    nextest:*) echo 'cargo install cargo-nextest --locked --root .tools' && return ;;
    deny:*) echo 'cargo install cargo-deny --locked --root .tools' && return ;;
    compiler:brew | headers:brew | make:brew) echo 'xcode-select --install' && return ;;
    node:apt-get)
        # Debian's own is too old before release 13.
        echo "curl -fsSL https://deb.nodesource.com/setup_22.x | ${sudo}bash - && ${sudo}apt-get install -y nodejs"
        return
        ;;
    compiler:apt-get | headers:apt-get) packages='gcc libc6-dev' ;;
    compiler:dnf | headers:dnf) packages='gcc glibc-devel' ;;
    node:dnf) packages=nodejs ;;
    postgres:dnf) packages=postgresql-server ;;
    postgres:apt-get) packages=postgresql ;;
    postgres:brew) packages=postgresql@17 ;;
    shellcheck:dnf) packages=ShellCheck ;;
    certificates:*) packages=ca-certificates ;;
    nginx:*) packages='nginx curl openssl' ;;
    *) packages=$1 ;;
    esac
    case $manager in
    apt-get) echo "${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends $packages" ;;
    dnf) echo "${sudo}dnf install -y $packages" ;;
    brew) echo "brew install $packages" ;;
    *) echo "(neither apt, dnf nor brew is known here: install $packages by hand)" && return ;;
    esac
}

# Says that a need is missing, what follows from it, and the line that installs it.
lacks() {
    printf 'missing: %s%s\n    %s\n' "$(describe "$1")" "${2:+; $2}" "$(install_line "$1")" >&2
}

in_ci() { [[ ${CI:-} == 1 || ${CI:-} == true ]]; }
