#!/bin/sh
# Makes the ONNX files of the shipped models anew from their npm package and checks that they are the committed ones, byte
# for byte. With --update the files are replaced where they differ; the manifests are then to be changed by hand.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
update=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "rebuild: $*" >&2; exit 1; }
field() { node -p "const m = require('$here/$1/manifest.json'); m.$2"; }

dotnet build "$root/src/EdgeFace.ModelTools" -c Release -v q -nologo > "$work/build.log" || { cat "$work/build.log" >&2; fail "the tool does not build"; }
tool="$root/src/EdgeFace.ModelTools/bin/Release/net10.0/edgeface-models.dll"

for name in detector-rfb320 landmarks-68 embedder-mobilefacenet; do
    package=$(field "$name" 'source.package' | sed 's/^npm://')@$(field "$name" source.version)
    folder="$work/$(printf %s "$package" | tr -c 'a-zA-Z0-9.-' _)"
    if [ ! -d "$folder" ]; then
        mkdir "$folder"
        tarball=$(cd "$folder" && npm pack --silent --ignore-scripts "$package")
        tar -xzf "$folder/$tarball" -C "$folder"
    fi
    original="$folder/package/$(field "$name" source.file)"
    echo "$(field "$name" source.sha256)  $original" | sha256sum --check --quiet || fail "$package holds another $(field "$name" source.file)"
    # These three keep their channels: a file of other bytes would be another space of vectors to the templates at hand.
    dotnet "$tool" fold "$original" "$work/$name.onnx" --steps flush,prelu
    target="$here/$name/$(field "$name" file)"
    if cmp -s "$work/$name.onnx" "$target"; then
        echo "$name: the same bytes"
    elif [ "$update" = --update ]; then
        cp "$work/$name.onnx" "$target"
        echo "$name: replaced; sha256 $(sha256sum < "$target" | cut -c1-64)"
    else
        fail "$name: differs from $target (--update replaces it)"
    fi
done
