# shellcheck shell=bash
# System packages: installed on Debian and Ubuntu if missing, only named on other systems.

build_packages="build-essential pkg-config curl"
window_packages="libwebkit2gtk-4.1-dev"
test_packages="webkit2gtk-driver xvfb xauth xdotool faketime iproute2 bindfs openssh-client openssh-server"

on_debian() { have apt-get && have dpkg-query; }

# missing_packages NAME...
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done
}

# A browser with another name or from elsewhere is as good. Each needs its driver.
missing_browser() {
    have chromedriver || { if grep -q '^ID=ubuntu' /etc/os-release; then echo chromium-chromedriver; else echo chromium-driver; fi; }
    have chromium || have chromium-browser || have google-chrome && return
    if grep -q '^ID=ubuntu' /etc/os-release; then echo chromium-browser; else echo chromium; fi
}

# install_packages NAME...: installs the missing ones.
install_packages() {
    local missing
    missing=$(missing_packages "$@" | xargs)
    [ -n "$missing" ] || return 0

    local apt="apt-get -o DPkg::Lock::Timeout=300"
    can_be_root || fail "these system packages are missing, and sudo is not installed: $missing" \
        "as root: \`apt-get update && apt-get install $missing\`, then try again"
    local hint="\`sudo apt-get update && sudo apt-get install $missing\` shows why"
    say "Installing the system packages: $missing"
    # shellcheck disable=SC2086 # both are lists of words
    {
        logged "$setup_logs/apt-update.log" as_root env $apt -q update ||
            say "note: the package lists could not be updated; using the old ones"
        logged "$setup_logs/apt-install.log" as_root env DEBIAN_FRONTEND=noninteractive \
            $apt -q -y --no-install-recommends install $missing ||
            fail "these system packages could not be installed: $missing" "$hint"
    }
}

# Names the packages that a build needs, on systems where this script installs none.
name_missing_build_tools() {
    local lacking=0
    if on_mac; then
        have cc || { lacking=1; problem "there is no C compiler" "xcode-select --install"; }
    else
        if ! have cc || ! have pkg-config || ! have curl; then
            lacking=1
            problem "a C compiler, pkg-config or curl is missing" "install your system's development tools"
        fi
        [ "$1" = console ] || pkg-config --exists webkit2gtk-4.1 2>/dev/null || {
            lacking=1
            problem "the development files of WebKitGTK 4.1 are missing" \
                "Fedora: \`sudo dnf install webkit2gtk4.1-devel\`; Arch: \`sudo pacman -S webkit2gtk-4.1\`; others: see https://v2.tauri.app/start/prerequisites"
        }
    fi
    return "$lacking"
}

# ensure_packages console|window|test
ensure_packages() {
    if on_debian; then
        local wanted=$build_packages
        [ "$1" = console ] || wanted="$wanted $window_packages"
        [ "$1" != test ] || wanted="$wanted $test_packages $(missing_browser)"
        # shellcheck disable=SC2086 # a list of words
        install_packages $wanted
    else
        name_missing_build_tools "$1" || exit 1
        [ "$1" != test ] || name_missing_test_tools
    fi
}

# Without these tools, the tests that use them fail and say so. Other tests run.
name_missing_test_tools() {
    local tool
    on_mac && return 0
    for tool in WebKitWebDriver Xvfb xauth xdotool chromedriver faketime bindfs sshd; do
        have "$tool" || problem "\`$tool\` is not installed, so the tests that use it fail" \
            "install it with your system's packages"
    done
}
