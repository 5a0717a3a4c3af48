# shellcheck shell=bash
# The image that the project's images are built from. The program pulls it, or makes it from Debian's packages.

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

# ensure_base_image BINARY: if the program will have to make the base image from Debian's packages, it finds mmdebstrap.
ensure_base_image() {
    [ -z "${ORCHEST_BASE_IMAGE:-}" ] || return 0
    orchest_images_present "$1" && return
    has_image "$(official_base)" && return
    has_image "$local_base" && return
    registry_answers "$(official_base)" && return
    say "$(official_base) cannot be pulled: the base image will be made from Debian's packages"
    if on_debian && ! have mmdebstrap; then
        install_packages mmdebstrap debian-archive-keyring
    fi
}
