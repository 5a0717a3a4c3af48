# shellcheck shell=bash
# Known vulnerabilities of the packages in the program and its images. A source that cannot be reached is reported,
# since a closed network may have only a package index.

# A database of vulnerabilities of Python packages, which is a package itself. Its last free version has this date.
safety_db=2021.7.17

# Cargo.lock. The database comes from a git host.
rust_advisories() {
    local log=$setup_logs/advisories.log
    have cargo-deny || { say "note: Rust's advisories were not checked: cargo-deny is not installed"; return 0; }
    limited 120 cargo deny check advisories >"$log" 2>&1 && { tail -n 1 "$log" >&2; return; }
    if grep -qiE 'failed to (fetch|update|clone|open).*advisory|advisory database' "$log" && ! grep -q '^error\[' "$log"; then
        say "note: Rust's advisories were not checked: their database could not be fetched ($log)"
    else
        cat "$log" >&2
        return 1
    fi
}

# ui/package-lock.json.
interface_audit() {
    local report=$setup_logs/npm-audit.json
    (cd ui && limited 60 npm audit --omit=dev --audit-level=high --json) >"$report" 2>/dev/null && return
    if grep -q '"vulnerabilities"' "$report"; then
        (cd ui && npm audit --omit=dev --audit-level=high) || true
        return 1
    fi
    say "note: the interface's packages were not audited: the registry has no advisories"
}

# The requirements.txt of each image.
image_audit() {
    local database=$target/tools/safety-db-$safety_db status=0
    if ! python3 -c 'import pip._vendor.packaging' 2>/dev/null; then
        say "note: the images' Python packages were not checked: python3 with pip is not installed"
        return 0
    fi
    [ -d "$database" ] || limited 60 python3 -m pip install -q --no-deps --target "$database" "safety-db==$safety_db" \
        >"$setup_logs/safety-db.log" 2>&1 || rm -rf "$database"
    limited 300 python3 etc/setup/advisories.py "$database" etc/images/*/requirements.txt >&2 || status=$?
    case $status in
    0) ;;
    1) return 1 ;;
    *) say "note: the images' Python packages were only checked for vulnerabilities known on $safety_db" ;;
    esac
    say "note: Debian's packages are not checked: an image has the versions of the day when it was built"
}
