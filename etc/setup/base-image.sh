# shellcheck shell=bash
# The image that the project's images are built from: the official one if the engine has it or can pull it, or else one
# made from Debian's packages.

local_base=orchest/base:bookworm

official_base() {
    sed -n 's/^ARG BASE_IMAGE=//p' etc/images/gateway/Dockerfile
}

# engine_get PATH: asks the engine, whose proxy may be another than this shell's.
engine_get() {
    local socket=$engine_socket
    case ${DOCKER_HOST:-} in
    unix://*) socket=${DOCKER_HOST#unix://} ;;
    ?*) return 1 ;;
    esac
    curl -fs -m 5 -o /dev/null --unix-socket "$socket" "http://engine/$1" 2>/dev/null
}

has_image() {
    if have docker; then
        docker image inspect "$1" >/dev/null 2>&1
    else
        engine_get "images/$1/json"
    fi
}

registry_answers() {
    engine_get "distribution/$1/json" ||
        { have docker && limited 5 docker manifest inspect "$1" >/dev/null 2>&1; }
}

# orchest_images_present BINARY: if all images are here, none is built, and the base image is not needed.
orchest_images_present() {
    local list
    list=$("$1" images --json 2>/dev/null) && [ -n "$list" ] || return 1
    ! grep -q '"present": *false' <<<"$list"
}

# ensure_base_image BINARY
ensure_base_image() {
    [ -z "${ORCHEST_BASE_IMAGE:-}" ] || return 0
    orchest_images_present "$1" && return
    has_image "$(official_base)" && return
    if ! has_image "$local_base"; then
        registry_answers "$(official_base)" && return
        if on_debian; then
            have mmdebstrap || install_packages mmdebstrap debian-archive-keyring
        elif ! have mmdebstrap && ! have debootstrap; then
            say "note: $(official_base) cannot be pulled, and mmdebstrap and debootstrap, which make a base image, are not installed"
            return
        fi
        say "$(official_base) cannot be pulled: making a base image from Debian's packages"
        sh etc/images/base/make.sh || fail "the base image $local_base could not be made" "its error is above"
    fi
    export ORCHEST_BASE_IMAGE=$local_base
}
