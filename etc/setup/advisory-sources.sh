# shellcheck shell=bash
# Known holes in what the program and its images are built from. Each source says so where it cannot be asked: a closed
# network may have a package index and nothing else.

# A database of holes in Python packages that ships as a package. The last that its authors gave away is of this date.
safety_db=2021.7.17

# Cargo.lock. The list of known holes comes from a git host.
rust_advisories() {
    local log=$setup_logs/advisories.log
    have cargo-deny || { say "note: Rust's advisories were not checked: cargo-deny is not here"; return 0; }
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
    say "note: the interface's packages were not audited: the registry does not answer that question"
}

# The requirements of the images.
image_audit() {
    local database=$target/tools/safety-db-$safety_db status=0
    if ! python3 -c 'import pip._vendor.packaging' 2>/dev/null; then
        say "note: the images' Python packages were not checked: python3 with pip is not here"
        return 0
    fi
    [ -d "$database" ] || limited 60 python3 -m pip install -q --no-deps --target "$database" "safety-db==$safety_db" \
        >"$setup_logs/safety-db.log" 2>&1 || rm -rf "$database"
    limited 300 python3 etc/setup/advisories.py "$database" etc/images/*/requirements.txt >&2 || status=$?
    case $status in
    0) ;;
    1) return 1 ;;
    *) say "note: for the images' Python packages only the holes known on $safety_db were looked for" ;;
    esac
    say "note: Debian's packages are those of the day on which an image is built; nothing here looks them up"
}
