#!/usr/bin/env bash
# Makes the packages for Linux in target/packages: a .deb, an .rpm, an archive that needs no installation, and the sums.
#
#   package.sh [--short]   --short: of the programs that `cargo build` has made, quickly packed, in target/package-short/packages
#
# Nothing of this machine and of the time of the build is meant to be in them. These variables change what is in them:
#   ORCHEST_HOMEPAGE   the address of the project's page
#   ORCHEST_SCREENS    the address of the folder with the pictures for software centres
#   ORCHEST_MAINTAINER the name and address of who made the packages
set -euo pipefail
# shellcheck source=etc/setup/parts.sh
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

homepage=${ORCHEST_HOMEPAGE:-https://orchest-desktop.example}
screens=${ORCHEST_SCREENS:-$homepage/screens}
maintainer=${ORCHEST_MAINTAINER:-Orchest Desktop developers <packages@orchest-desktop.example>}
version=$(version_of_program)
machine=$(uname -m)
short=
[ "${1:-}" != --short ] || short=yes
if [ -z "$short" ]; then
    out=$target/packages
    stage=$target/package-stage
    # A folder of its own: other flags would have the benchmark's programs built again.
    programs=$target/package-build/release
    packing_deb=(-Zxz -z9)
    packing_rpm=w9.xzdio
else
    out=$target/package-short/packages
    stage=$target/package-short/stage
    programs=$target/debug
    packing_deb=(-Zgzip -z1)
    packing_rpm=w1.gzdio
fi

# Seconds since 1970 of the last commit, or of the changelog where there is no git.
moment() {
    git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md
}

# The sources' place on this machine is in no program. What Python has left beside the images' sources would have it.
build() {
    local flags
    find etc -name __pycache__ -prune -exec rm -r {} +
    flags="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"$'\x1f'"--remap-path-prefix=$target=/target"
    flags=$flags$'\x1f'"--remap-path-prefix=$root=/orchest"
    CARGO_TARGET_DIR=$target/package-build CARGO_ENCODED_RUSTFLAGS=$flags \
        cargo build --release --locked -p orchest-desktop -p orchest-cli
}

# put MODE FILE TARGET: TARGET is relative to the stage.
put() { install -D -m "$1" "$2" "$stage/$3"; }

# filled FILE: its text with the values of this build.
filled() {
    sed -e "s|@VERSION@|$version|g" -e "s|@HOMEPAGE@|$homepage|g" -e "s|@SCREENS@|$screens|g" \
        -e "s|@DATE@|$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)|g" -e "s|@MAINTAINER@|$maintainer|g" \
        -e "s|@ARCHITECTURE@|${architecture:-}|g" -e "s|@SIZE@|${size:-}|g" -e "s|@DEPENDS@|${depends:-}|g" "$1"
}

# What all packages have, as it is installed below /usr.
stage_files() {
    local program
    rm -rf "$stage"
    mkdir -p "$stage"
    for program in orchest-desktop orchest; do
        put 0755 "$programs/$program" "bin/$program"
        strip --strip-unneeded "$stage/bin/$program"
    done
    put 0644 etc/packages/orchest-desktop.desktop share/applications/orchest-desktop.desktop
    put 0644 etc/packages/zz-orchest-desktop-folder.desktop share/applications/zz-orchest-desktop-folder.desktop
    put 0644 etc/packages/orchest-desktop.xml share/mime/packages/orchest-desktop.xml
    filled etc/packages/org.orchest.desktop.metainfo.xml >"$target/metainfo.xml"
    put 0644 "$target/metainfo.xml" share/metainfo/org.orchest.desktop.metainfo.xml
    icons
    manual
    put 0644 LICENSE share/doc/orchest-desktop/LICENSE
    put 0644 "$root/target/licences/THIRD_PARTY.txt" share/doc/orchest-desktop/THIRD_PARTY.txt
}

icons() {
    local sizes=(16 22 24 32 48 64 128 256 512) size drawn=$target/package-icons
    rm -rf "$drawn"
    mkdir -p "$drawn"
    logged "$setup_logs/icons.log" npx --prefix ui --no-install tauri icon src-tauri/icons/icon.svg -o "$drawn" \
        "${sizes[@]/#/--png=}" || fail "the icons could not be drawn" "the last lines are above"
    for size in "${sizes[@]}"; do
        put 0644 "$drawn/${size}x$size.png" "share/icons/hicolor/${size}x$size/apps/orchest-desktop.png"
    done
    put 0644 src-tauri/icons/icon.svg share/icons/hicolor/scalable/apps/orchest-desktop.svg
    put 0644 etc/packages/symbolic.svg share/icons/hicolor/symbolic/apps/orchest-desktop-symbolic.svg
}

manual() {
    local made=$target/package-manual page
    rm -rf "$made"
    "$stage/bin/orchest" manual "$made"
    for page in "$made"/man1/*.1; do
        gzip -9n "$page"
        put 0644 "$page.gz" "share/man/man1/$(basename "$page").gz"
    done
    put 0644 "$made/bash/orchest" share/bash-completion/completions/orchest
    put 0644 "$made/zsh/_orchest" share/zsh/site-functions/_orchest
    put 0644 "$made/fish/orchest.fish" share/fish/vendor_completions.d/orchest.fish
}

# Every file has the time of the commit.
set_times() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# The libraries that both programs are linked with, as packages of this system with their least versions.
debian_depends() {
    local folder=$target/package-depends
    rm -rf "$folder"
    mkdir -p "$folder/debian"
    : >"$folder/debian/control"
    (cd "$folder" && dpkg-shlibdeps --ignore-missing-info -O "$stage/bin/orchest-desktop" "$stage/bin/orchest" 2>/dev/null) |
        sed -n 's/^shlibs:Depends=//p'
}

make_deb() {
    local tree=$target/package-deb architecture depends size doc
    architecture=$(dpkg --print-architecture)
    depends=$(debian_depends)
    rm -rf "$tree"
    mkdir -p "$tree/usr"
    cp -a "$stage/." "$tree/usr/"
    mkdir -p "$tree/usr/share/zsh/vendor-completions"
    mv "$tree/usr/share/zsh/site-functions/_orchest" "$tree/usr/share/zsh/vendor-completions/"
    rmdir "$tree/usr/share/zsh/site-functions"
    doc=$tree/usr/share/doc/orchest-desktop
    rm "$doc/LICENSE"
    install -m 0644 etc/packages/deb/copyright "$doc/copyright"
    {
        echo "orchest-desktop ($version) unstable; urgency=medium"
        echo
        echo "  * See CHANGELOG.md in the sources."
        echo
        echo " -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
    } | gzip -9n >"$doc/changelog.gz"
    size=$(du -k -s --apparent-size "$tree/usr" | cut -f 1)
    mkdir "$tree/DEBIAN"
    filled etc/packages/deb/control >"$tree/DEBIAN/control"
    (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    # Modes as packages have them, whatever this user's umask.
    find "$tree" -type d -exec chmod 0755 {} +
    chmod 0644 "$tree/DEBIAN/control" "$tree/DEBIAN/md5sums"
    set_times "$tree"
    dpkg-deb --root-owner-group "${packing_deb[@]}" --build "$tree" "$out/orchest-desktop_${version}_$architecture.deb" >&2
}

make_rpm() {
    local tree=$target/package-rpm list=$target/package-rpm-files
    have rpmbuild || { say "note: no .rpm is made, because rpmbuild is not installed"; return; }
    rm -rf "$tree"
    mkdir -p "$tree/staged/usr" "$tree/top"
    cp -a "$stage/." "$tree/staged/usr/"
    find "$tree" -type d -exec chmod 0755 {} +
    set_times "$tree/staged"
    (cd "$tree/staged" && find usr -type f -printf '/%p\n' | LC_ALL=C sort |
        sed 's|^/usr/share/doc/.*/LICENSE$|%license &|; s|^/usr/share/doc/.*|%doc &|') >"$list"
    rpmbuild -bb --quiet --target "$machine" \
        --define "_topdir $tree/top" --define "_rpmdir $tree/top" --define "_rpmfilename %{name}-%{version}-%{release}.%{_arch}.rpm" \
        --define "_buildhost reproducible" --define "use_source_date_epoch_as_buildtime 1" \
        --define "clamp_mtime_to_source_date_epoch 1" --define "_binary_payload $packing_rpm" \
        --define "_build_id_links none" --define "debug_package %{nil}" --define "__os_install_post %{nil}" \
        --define "package_version $version" --define "package_homepage $homepage" \
        --define "packager $maintainer" --define "package_maintainer $maintainer" --define "package_staged $tree/staged" \
        --define "package_files $list" \
        --define "package_date $(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" \
        etc/packages/rpm/orchest-desktop.spec >&2
    cp "$tree/top"/*.rpm "$out/"
}

# For other distributions, and for people who may install nothing: the programs run from where it is unpacked.
make_archive() {
    local name=orchest-desktop-$version-linux-$machine tree=$target/package-archive
    rm -rf "$tree"
    mkdir -p "$tree/$name"
    cp -a "$stage/." "$tree/$name/"
    find "$tree" -type d -exec chmod 0755 {} +
    tar -C "$tree" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -c "$name" |
        gzip -9n >"$out/$name.tar.gz"
}

# The images of this version, for machines that reach no registry. They are not the same bytes each time.
images() {
    "$stage/bin/orchest" images --prepare >/dev/null
    "$stage/bin/orchest" images export "$out/orchest-desktop-$version-$machine.orchest-images" >/dev/null
}

on_linux || fail "packages for this system are not made by this script" "see docs/releasing.md: \`npx tauri build\`"
ensure_packages window
on_debian && install_packages rpm dpkg-dev binutils
need_rust
ensure_interface

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(moment)}
export SOURCE_DATE_EPOCH
umask 022
rm -rf "$out"
mkdir -p "$out"
bash etc/setup/licences.sh
[ -n "$short" ] || timed "the programs" build
timed "the files" stage_files
if have dpkg-deb; then timed "the .deb" make_deb; else say "note: no .deb is made, because dpkg-deb is not installed"; fi
timed "the .rpm" make_rpm
if [ -z "$short" ]; then
    timed "the archive" make_archive
    if engine_answers; then
        ensure_base_image "$stage/bin/orchest"
        timed "the images" images
    else
        say "note: no file of images is made, because no engine answers"
    fi
fi
(cd "$out" && sha256sum -- orchest-desktop* >SHA256SUMS)
say "Made in $times:"
(cd "$out" && du -h --apparent-size -- * | sed 's/^/  /') >&2
