# To be sourced: `install_from_debian PACKAGE…`, as root or with sudo. It says nothing on standard output.
install_from_debian() {
    command -v apt-get >/dev/null || return 1
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq >&2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}
