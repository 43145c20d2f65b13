#!/bin/sh
# Makes what goes to Maven Central, as a repository in a folder: jars.sh OUT. Each artefact has its jar, its sources, its reference
# as the javadoc jar, and a pom that needs no parent. Of the native libraries it takes what is there (../native.sh makes them).
# What ../generate.sh makes must be there. Needs JDK 17 and Maven.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
target=$(cd "$target" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
log=$target/maven/jars.log
mkdir -p "$target/maven"

mvn --batch-mode --no-transfer-progress -Dstyle.color=never -f "$here/pom.xml" -P release \
    -pl venuekey-test-support,venuekey,venuekey-server,venuekey-conformance,venuekey-servlet,venuekey-ktor,venuekey-sandbox \
    deploy -DskipTests -Dmaven.test.skip=true -Dmdep.skip=true -Dvenuekey.target="$target" -Dkotlin.compiler.daemon=false -Dkotlin.compiler.incremental=true \
    -DaltDeploymentRepository="out::file:$out" >"$log" 2>&1 || {
    grep -E "^\[(ERROR|WARNING)\]|^e: " "$log" | tail -n 40 >&2
    echo "jars.sh: the whole log is in $log" >&2
    exit 1
}
# Central refuses an artefact that lacks one of these.
for folder in "$out"/io/github/venuekey/venuekey*/*/; do
    for part in .pom .jar -sources.jar -javadoc.jar; do
        ls "$folder"*"$part" >/dev/null || { echo "jars.sh: no $part in $folder" >&2; exit 1; }
    done
    ! grep -q "<parent>" "$folder"*.pom || { echo "jars.sh: a parent in $folder" >&2; exit 1; }
    for element in name description url licenses developers scm; do
        grep -q "<$element>" "$folder"*.pom || { echo "jars.sh: no $element in the pom of $folder" >&2; exit 1; }
    done
    echo "$folder"
done
