#!/bin/sh
# What `make demo` shows: a real NNR bitstream into MP4 and back.
set -eu
stream=fixtures/nnr/plain.nnr
rm -rf demo
mkdir demo

run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

run pymp4-nnr info "$stream"
run pymp4-nnr mux "$stream" -o demo/model.mp4
run pymp4-nnr dump demo/model.mp4
run pymp4-nnr info demo/model.mp4
run pymp4-nnr demux demo/model.mp4 -o demo/restored.nnr
run pymp4-nnr verify demo/model.mp4 --against "$stream"
run cmp "$stream" demo/restored.nnr
printf '\n%s and demo/restored.nnr are identical.\n' "$stream"
