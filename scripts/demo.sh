#!/bin/sh
# What `make demo` shows: a real NNR bitstream into MP4 and back. No line is longer than 80 columns.
set -eu
COLUMNS=80
export COLUMNS
rm -rf demo
mkdir demo
cp fixtures/nnr/plain.nnr demo/model.nnr
cd demo

run() {
    printf '\n$ %s\n' "$*"
    "$@" 2>&1
}

run pymp4-nnr info model.nnr
run pymp4-nnr mux model.nnr -o model.mp4
run pymp4-nnr dump model.mp4
run pymp4-nnr verify model.mp4 --against model.nnr
run pymp4-nnr demux model.mp4 -o restored.nnr
run cmp model.nnr restored.nnr
printf '\ndemo/model.nnr and demo/restored.nnr are identical.\n'
