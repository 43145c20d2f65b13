#!/bin/sh
# Signs what `just jars` made and uploads it as one bundle: maven-central.sh FOLDER NAME. It is published once somebody has looked at
# it there and said so. Needs CENTRAL_TOKEN (a user token as base64 of NAME:PASSWORD), SIGNING_KEY (armoured) and its SIGNING_PASSPHRASE.
# With DRY_RUN, the name of a folder, it puts the bundle there and uploads nothing.
set -eu

folder=$(cd "$1" && pwd)
name=$2
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
header=$GNUPGHOME/header
bundle=${DRY_RUN:-$GNUPGHOME}/bundle.zip
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
printf '%s\n' "$SIGNING_KEY" | gpg --batch --quiet --import
find "$folder" \( -name '*.jar' -o -name '*.pom' \) -print | LC_ALL=C sort | while read -r file; do
    printf '%s' "$SIGNING_PASSPHRASE" |
        gpg --batch --quiet --yes --pinentry-mode loopback --passphrase-fd 0 --armor --detach-sign "$file"
done
# Central takes no metadata of a whole repository.
find "$folder" -name 'maven-metadata.xml*' -exec rm {} +
(cd "$folder" && zip --quiet --recurse-paths "$bundle" io)
[ -z "${DRY_RUN-}" ] || { echo "$bundle"; exit 0; }
# By a file: what stands on a command line, every process of the machine can read.
printf 'Authorization: Bearer %s\n' "$CENTRAL_TOKEN" >"$header"
curl --fail --silent --show-error --header @"$header" --form "bundle=@$bundle" \
    "https://central.sonatype.com/api/v1/publisher/upload?publishingType=USER_MANAGED&name=$name"
