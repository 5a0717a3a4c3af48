# shellcheck shell=bash
# The interface: its packages and its pages. Each is made again only when its sources changed.

interface_packages() {
    local stamp=ui/node_modules/.orchest-lock lock
    lock=$(printf 'ui/package-lock.json\0' | digest)
    [ "$(cat "$stamp" 2>/dev/null)" = "$lock" ] && return
    say "Installing the interface's packages"
    logged "$setup_logs/npm-ci.log" npm --prefix ui ci ||
        fail "the interface's packages could not be installed" "\`npm --prefix ui ci\` shows why"
    mkdir -p ui/node_modules
    echo "$lock" >"$stamp"
}

interface_sources() {
    find ui \( -name node_modules -o -name dist -o -name coverage \) -prune \
        -o -type f ! -name '*.test.*' -print0 | LC_ALL=C sort -z
}

# If the pages are written again, cargo builds the window again.
interface_pages() {
    local stamp=ui/node_modules/.orchest-pages sources
    sources=$(interface_sources | digest)
    [ -f ui/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ] && return
    say "Building the interface"
    logged "$setup_logs/npm-build.log" npm --prefix ui run build ||
        fail "the interface could not be built" "\`npm --prefix ui run build\` shows why"
    interface_sources | digest >"$stamp"
}

ensure_interface() {
    need_node
    interface_packages
    interface_pages
}
